package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/weir-ws/weir/hub/feed/source"
)

// Map says what a message of a raw upstream is. A path is names of fields and numbers of array elements with dots between them, such as
// "data.s" or "params.0".
type Map struct {
	// Channel is the name of the channel: a text in which {PATH} stands for the string, number, true or false at that path, {PATH|lower} and {PATH|upper} for the same in
	// small or capital letters. "{stream}" is that of Binance's combined streams, "{s|lower}@trade" makes "btcusdt@trade" of {"s":"BTCUSDT"}. A message
	// that has not all of the paths, such as the answer to a subscribe message, is ignored.
	Channel string
	// Data is the path of what is published. "": the whole message. A message that has nothing there is ignored, too.
	Data string
	// Key is the path of what the data is the latest value of. "": nothing, or what the channel's own options find.
	Key string
	// Time is the path of the publisher's time, a number since 1970 in TimeUnit. "": the time at which the message came.
	Time string
	// TimeUnit is the unit of Time: 0 is time.Millisecond.
	TimeUnit time.Duration
}

// mapping is a Map that was looked at.
type mapping struct {
	Map
	channel template
	check   func(string) error
	clock   source.Clock
}

func newMapping(cfg *Config) (*mapping, error) {
	m := &mapping{Map: cfg.Map, check: cfg.Check, clock: cfg.Clock}
	bad := func(field string, err error) (*mapping, error) {
		return nil, &source.ConfigError{Field: "Map." + field, Problem: err.Error()}
	}
	var err error
	if m.Channel == "" {
		return bad("Channel", errors.New(`must say which channel a message is of, such as "{stream}" or "{s|lower}@trade"`))
	}
	if m.channel, err = parseTemplate(m.Channel); err != nil {
		return bad("Channel", err)
	}
	for _, p := range []struct{ field, path string }{{"Data", m.Data}, {"Key", m.Key}, {"Time", m.Time}} {
		if p.path == "" {
			continue
		}
		if err := checkPath(p.path); err != nil {
			return bad(p.field, err)
		}
	}
	switch m.TimeUnit {
	case 0:
		m.TimeUnit = time.Millisecond
	case time.Second, time.Millisecond, time.Microsecond, time.Nanosecond:
	default:
		return bad("TimeUnit", errors.New("must be a second, millisecond, microsecond or nanosecond"))
	}
	return m, nil
}

// event makes one of a message; ok is false if it is none. Its data is memory of its own. With an error it has the channel of which a message is
// missing now, if that is known.
func (m *mapping) event(msg []byte) (e source.Event, ok bool, err error) {
	if !utf8.Valid(msg) || !gjson.ValidBytes(msg) {
		return e, false, ErrNotJSON
	}
	if e.Channel, ok = m.channel.fill(msg); !ok {
		return e, false, nil
	}
	data := msg
	if m.Data != "" {
		v := gjson.GetBytes(msg, m.Data)
		if !v.Exists() {
			return e, false, nil
		}
		data = []byte(v.Raw)
	} else {
		data = bytes.Clone(bytes.TrimSpace(data))
	}
	if m.check != nil {
		if err := m.check(e.Channel); err != nil {
			return source.Event{}, false, err
		}
	}
	e.Data = data
	if m.Key != "" {
		e.Key, _ = scalar(gjson.GetBytes(msg, m.Key))
		if len(e.Key) > maxKey {
			return e, false, fmt.Errorf("a key of %d bytes, at most %d are possible", len(e.Key), maxKey)
		}
	}
	e.TS = m.time(msg)
	return e, true, nil
}

// maxKey is feed.MaxKeyBytes, which a reader may rely on.
const maxKey = 255

// time is the message's own time if it has one.
func (m *mapping) time(msg []byte) int64 {
	if m.Time != "" {
		text, _ := scalar(gjson.GetBytes(msg, m.Time))
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n > 0 && n < int64(1<<63-1)/int64(m.TimeUnit) {
			return n * int64(m.TimeUnit)
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil && f > 0 && f*float64(m.TimeUnit) < 1<<62 {
			return int64(f * float64(m.TimeUnit))
		}
	}
	return m.clock.Now().UnixNano()
}

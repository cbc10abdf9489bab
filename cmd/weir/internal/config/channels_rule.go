package config

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/auth"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
	"github.com/weir-ws/weir/hub/feed/book"
)

// Rule says what the channels are for whose names match a pattern. It is written as
//
//	PATTERN [PRESET] [NAME=VALUE]...
//	*@ticker ticker max-hz=10 key=s
type Rule struct {
	text    string
	pattern string
	options hub.ChannelOptions
}

// String returns the rule as it was written, with single spaces.
func (r Rule) String() string { return r.text }

// presets are where a rule begins.
var presets = []struct {
	name string
	make func() hub.ChannelOptions
}{
	{"plain", func() hub.ChannelOptions { return hub.ChannelOptions{} }},
	{"trade", hub.Trade},
	{"ticker", hub.Ticker},
	{"book", func() hub.ChannelOptions { return hub.Book(book.Fold) }},
}

func parseRule(s string) (Rule, error) {
	words := strings.Fields(s)
	r := Rule{text: strings.Join(words, " "), pattern: words[0]}
	if _, err := auth.NewPatterns(words[:1]); err != nil {
		return r, err
	}
	words = words[1:]
	if len(words) > 0 && !strings.Contains(words[0], "=") {
		if err := r.preset(words[0]); err != nil {
			return r, err
		}
		words = words[1:]
	}
	if err := ruleSettings.each(words, r.set); err != nil {
		return r, err
	}
	return r, r.check()
}

func (r *Rule) preset(name string) error {
	names := make([]string, len(presets))
	for i, p := range presets {
		if p.name == name {
			r.options = p.make()
			return nil
		}
		names[i] = p.name
	}
	return fmt.Errorf("%q is no preset; write %s, or settings such as history=100", name, strings.Join(names, ", "))
}

// set carries out one setting, with the values that the options of a configuration have.
func (r *Rule) set(setting, text string) error {
	o := &r.options
	var err error
	switch setting {
	case "slow":
		err = (&enum[hub.SlowPolicy]{&o.Slow, []hub.SlowPolicy{hub.SlowDefault, hub.SlowLossless, hub.SlowDrop, hub.SlowConflate}}).Set(text)
	case "snapshot":
		err = (&enum[hub.SnapshotMode]{&o.Snapshot, []hub.SnapshotMode{hub.SnapshotNone, hub.SnapshotLast, hub.SnapshotPerKey, hub.SnapshotFold}}).Set(text)
		if o.Snapshot == hub.SnapshotFold && o.Fold == nil {
			o.Fold = book.Fold
		}
	case "history":
		err = (&whole{&o.History.Count, 0, maxHistory}).Set(text)
		if o.History.Count == 0 { // so the preset's bounds are about nothing
			o.History = hub.History{}
		}
	case "history-bytes":
		n := int64(0)
		err = (&size{&n, 1, maxHistoryBytes}).Set(text)
		o.History.Bytes = int(n)
	case "history-age":
		err = (&duration{&o.History.Age, false}).Set(text)
	case "key":
		o.Key, err = feed.KeyPath(text)
	case "max-keys":
		err = (&whole{&o.MaxKeys, 1, maxHistory}).Set(text)
	case "max-hz":
		err = (&rate{&o.MaxHz, 0, maxHz}).Set(text)
	case "heartbeat":
		err = (&duration{&o.Heartbeat, false}).Set(text)
	case "retain":
		err = (&duration{&o.Retain, true}).Set(text)
	case "payload":
		form := payloadText
		err = (&enum[name]{&form, []name{payloadText, payloadBinary}}).Set(text)
		o.Binary = form == payloadBinary
	default:
		return errNoSetting
	}
	return err
}

// ruleSettings are those that set knows.
var ruleSettings = settings{
	names: []string{
		"slow", "snapshot", "history", "history-bytes", "history-age", "key", "max-keys", "max-hz", "heartbeat", "retain", "payload",
	},
	example: "max-hz=10",
}

// The most that a channel may keep. A million messages of history are 8 MB beside their data.
const (
	maxHistory      = 1 << 20
	maxHistoryBytes = 1 << 30
	maxHz           = 250

	minHeartbeat = time.Second // it is a sweep once a second that finds silent channels
)

const (
	payloadText   name = "text"
	payloadBinary name = "binary"
)

// check reports settings that do not go together.
func (r *Rule) check() error {
	o := &r.options
	switch {
	case o.MaxHz > 0 && o.Slow != hub.SlowConflate:
		return errors.New("max-hz leaves values out, which only slow=conflate allows")
	case o.MaxKeys > 0 && o.Snapshot != hub.SnapshotPerKey:
		return errors.New("max-keys is about snapshot=per-key")
	case o.History.Count == 0 && (o.History.Bytes > 0 || o.History.Age > 0):
		return errors.New("history-bytes and history-age bound a history; say how many messages, with history=N")
	case o.Heartbeat > 0 && o.Heartbeat < minHeartbeat:
		return fmt.Errorf("heartbeat=%s is too often; write 1s or more", o.Heartbeat)
	}
	return nil
}

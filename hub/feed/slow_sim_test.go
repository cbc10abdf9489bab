package feed_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// accountant is a client that adds up what it is told.
type accountant struct {
	*enginetest.Client
	subs map[string]*account // by channel; nil while the answer is due
	gone bool
}

type account struct {
	from, last uint64
	values     map[string]string // the latest by key
	dropped    uint64
	ranges     uint64
}

// heard is a message of the server's.
type heard struct {
	Type, Channel, Key string
	Code               string
	Seq                uint64
	From               *uint64
	Dropped            uint64
	Data               json.RawMessage
}

// simulate is one run: publishes, joins, leaves, stalls, full sockets, changes of rate and ends, with the seed's order and sizes.
type simulate struct {
	*memory
	*rand.Rand
	seed    uint64
	clients []*accountant
	said    map[string][]hub.Payload
}

var simulated = []string{"tick", "tickb", "tick4", "drop", "default", "lossless"}

func newSimulate(t *testing.T, seed uint64) *simulate {
	h, f := newFeed(t, hub.Config{Options: policies}, feed.Config{})
	srv := enginetest.New(t, engine.Config{
		Loops: 2, FloodRate: -1, HighWatermark: 700, LowWatermark: 200, HardLimit: 1 << 20, WriteTimeout: -1, PingAfter: -1, DeadAfter: -1,
	}, f.Handler())
	return &simulate{&memory{srv, t, h, f}, rand.New(rand.NewPCG(seed, 3)), seed, nil, map[string][]hub.Payload{}}
}

func (s *simulate) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Fatalf("seed %d: %s", s.seed, fmt.Sprintf(format, args...))
}

func (s *simulate) step() {
	if len(s.clients) < 6 && s.IntN(6) == 0 {
		s.clients = append(s.clients, &accountant{Client: s.dial(), subs: map[string]*account{}})
	}
	channel := simulated[s.IntN(len(simulated))]
	if s.IntN(2) == 0 || len(s.clients) == 0 {
		for range 1 + s.IntN(6)*s.IntN(6) {
			p := hub.Payload{Op: frame.OpText, Key: fmt.Sprint(s.IntN(1 + s.IntN(5))), Time: 7}
			p.Data = fmt.Append(nil, len(s.said[channel]))
			s.said[channel] = append(s.said[channel], p)
			if _, err := s.hub.Publish(s.t.Context(), channel, p); err != nil {
				s.fail("%v", err)
			}
		}
		if s.IntN(3) > 0 {
			s.Settle()
		}
		return
	}
	c := s.clients[s.IntN(len(s.clients))]
	if c.gone {
		return
	}
	switch s.IntN(9) {
	case 0, 1:
		s.ask(c, `{"type":"subscribe","channel":"%s"}`, channel)
	case 2:
		s.ask(c, `{"type":"subscribe","channel":"%s","maxHz":%d}`, channel, 1+s.IntN(20))
	case 3:
		s.ask(c, `{"type":"configure","channel":"%s","maxHz":%d}`, channel, s.IntN(20))
	case 4:
		if s.IntN(3) == 0 {
			s.ask(c, `{"type":"unsubscribe","channel":"%s"}`, channel)
		}
	case 5:
		c.SetCapacity(c.Pending() + s.IntN(1500))
	case 6:
		c.SetCapacity(-1)
	case 7:
		s.Advance(time.Duration(s.IntN(300)) * time.Millisecond)
	case 8:
		if s.IntN(20) == 0 {
			c.gone = true
			c.Reset()
		}
	}
	s.hear(c)
}

// ask sends a request, if the client is not one that would be closed for it.
func (s *simulate) ask(c *accountant, format string, args ...any) {
	c.SetCapacity(-1)
	s.Advance(200 * time.Millisecond) // room for the answer
	together(c.Client, fmt.Sprintf(format, args...))
	s.Settle()
	s.hear(c)
}

// hear is the client's part: the account of each channel.
func (s *simulate) hear(c *accountant) {
	for _, msg := range s.got(c.Client) {
		var m heard
		if strings.HasPrefix(msg, "close 1013") { // an answer found no room after all
			c.gone = true
			return
		}
		if err := json.Unmarshal([]byte(msg), &m); err != nil {
			s.fail("%v: %s", err, msg)
		}
		a := c.subs[m.Channel]
		switch m.Type {
		case "subscribed":
			c.subs[m.Channel] = &account{from: m.Seq, last: m.Seq, values: map[string]string{}}
		case "unsubscribed":
			delete(c.subs, m.Channel)
		case "message", "dropped":
			first := m.Seq - m.Dropped
			if m.From != nil {
				first = *m.From
			}
			if a == nil || first != a.last+1 || m.Seq < first {
				s.fail("%s behind %+v", msg, a)
			}
			a.last = m.Seq
			if m.Type == "dropped" {
				a.dropped += m.Seq - first + 1
				continue
			}
			a.dropped += m.Dropped
			a.ranges += m.Seq - first - m.Dropped
			p := s.said[m.Channel][m.Seq-1]
			if string(m.Data) != string(p.Data) || m.Key != p.Key {
				s.fail("%s is not %s of key %s", msg, p.Data, p.Key)
			}
			a.values[m.Key] = string(m.Data)
		case "configured", "error":
		default:
			s.fail("%s", msg)
		}
	}
}

// end lets all catch up: the accounts close, and the values are the latest.
func (s *simulate) end() (ranges, dropped uint64) {
	for _, c := range s.clients {
		c.SetCapacity(-1)
	}
	s.Settle()
	s.Advance(3 * time.Second)
	for _, c := range s.clients {
		if c.gone {
			continue
		}
		s.hear(c)
		for channel, a := range c.subs {
			said := s.said[channel]
			if a.last != uint64(len(said)) {
				s.fail("the account of %s is %+v, and there are %d", channel, a, len(said))
			}
			if a.dropped > 0 && !strings.HasPrefix(channel, "d") || a.ranges > 0 && !strings.HasPrefix(channel, "tick") {
				s.fail("%s: %+v", channel, a)
			}
			ranges, dropped = ranges+a.ranges, dropped+a.dropped
			if !strings.HasPrefix(channel, "tick") {
				continue
			}
			latest := map[string]string{}
			for _, p := range said[a.from:] {
				latest[p.Key] = string(p.Data)
			}
			if fmt.Sprint(latest) != fmt.Sprint(a.values) {
				s.fail("%s: the values are %v, want %v", channel, a.values, latest)
			}
		}
		c.Reset()
	}
	s.Settle()
	if n := feed.Slow(s.feed); n != 0 {
		s.fail("%d loops hold something for nobody", n)
	}
	if st := s.Engine().Stats(); st.Panics != 0 || st.SlowClosed != 0 {
		s.fail("%+v", st)
	}
	return ranges, dropped
}

// Whatever happens in whatever order, every client can account for every number of its subscriptions, and ends with the latest values.
func TestAccountsSimulated(t *testing.T) {
	runs := uint64(600)
	if testing.Short() {
		runs = 100
	}
	var ranges, dropped uint64
	for seed := range runs {
		s := newSimulate(t, seed)
		for range 250 {
			s.step()
		}
		r, d := s.end()
		ranges, dropped = ranges+r, dropped+d
	}
	t.Logf("%d runs: %d messages were covered by a range, %d declared dropped", runs, ranges, dropped)
	if ranges == 0 || dropped == 0 {
		t.Error("nobody was slow: the simulation shows nothing")
	}
}

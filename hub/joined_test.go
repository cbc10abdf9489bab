package hub_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// glue is a Fold whose state is all data so far, behind one another. "bad" is an error, "panic" is one.
type glue struct{ state *string }

func (g *glue) Apply(m *hub.Message) error {
	switch d := string(m.Data); d {
	case "bad":
		return errors.New("bad data")
	case "panic":
		panic("fold")
	default:
		if g.state != nil && !m.Gap {
			*g.state += d
		}
	}
	return nil
}

func (g *glue) Reset(m *hub.Message) error {
	if string(m.Data) == "bad" {
		return errors.New("bad state")
	}
	g.state = new(string)
	*g.state = string(m.Data)
	return nil
}

func (g *glue) Snapshot(dst []byte) ([]byte, bool) {
	if g.state == nil {
		return dst, false
	}
	return append(dst, *g.state...), true
}

// shown writes what a member was told as "at 3, snapshot 1:a 3:c, replay 4:d", with "resumed" or "recovered" in front.
func shown(j hub.Joined) string {
	list := func(ms []*hub.Message) (s string) {
		for _, m := range ms {
			s += fmt.Sprintf(" %d:%s", m.Seq, m.Data)
		}
		return s
	}
	var parts []string
	if j.Recovered {
		parts = append(parts, "recovered")
	} else if j.Resumed {
		parts = append(parts, "not recovered")
	}
	parts = append(parts, fmt.Sprint("at ", j.Seq))
	if len(j.Snapshot) > 0 {
		parts = append(parts, "snapshot"+list(j.Snapshot))
	}
	if len(j.Replay) > 0 {
		parts = append(parts, "replay"+list(j.Replay))
	}
	return strings.Join(parts, ", ")
}

// publish plays "a b k=c !d ~e": c has the key k, d is a snapshot, e has a gap before it.
func publish(t *testing.T, h *hub.Hub, channel, messages string) {
	t.Helper()
	for _, d := range strings.Fields(messages) {
		p := hub.Payload{Data: []byte(d)}
		switch {
		case d[0] == '!':
			p.Snapshot, p.Data = true, p.Data[1:]
		case d[0] == '~':
			p.Gap, p.Data = true, p.Data[1:]
		case strings.Contains(d, "="):
			key, data, _ := strings.Cut(d, "=")
			p.Key, p.Data = key, []byte(data)
		}
		if _, err := h.Publish(t.Context(), channel, p); err != nil {
			t.Fatal(err)
		}
	}
}

func TestJoined(t *testing.T) {
	seven := hub.ChannelOptions{History: hub.History{Count: 7}}
	perKey := hub.ChannelOptions{Snapshot: hub.SnapshotPerKey}
	fold := hub.ChannelOptions{Snapshot: hub.SnapshotFold, Fold: func() hub.Fold { return &glue{} }}
	published := hub.ChannelOptions{Snapshot: hub.SnapshotFold}
	with := func(o hub.ChannelOptions, f func(*hub.ChannelOptions)) hub.ChannelOptions { f(&o); return o }
	many := strings.TrimSpace(strings.Repeat("x ", 200))
	for _, c := range []struct {
		name     string
		opts     hub.ChannelOptions
		messages string
		since    int // -1: a newcomer
		most     int
		want     string
	}{
		{"nothing is kept", hub.ChannelOptions{}, "a b", -1, 0, "at 2"},
		{"a channel without messages", perKey, "", -1, 0, "at 0"},
		{"a history is nothing for newcomers", seven, "a b", -1, 0, "at 2"},

		{"resumed", seven, "a b c d", 2, 0, "recovered, at 2, replay 3:c 4:d"},
		{"resumed from the beginning", seven, "a b", 0, 0, "recovered, at 0, replay 1:a 2:b"},
		{"nothing was missed", seven, "a b", 2, 0, "recovered, at 2"},
		{"nothing was missed, and nothing is kept", hub.ChannelOptions{}, "a b", 2, 0, "recovered, at 2"},
		{"nothing is kept, and something was missed", hub.ChannelOptions{}, "a b", 1, 0, "not recovered, at 2"},
		{"a place that never was", seven, "a b", 3, 0, "not recovered, at 2"},
		{"just in the history", seven, "a b c d e f g h i", 2, 0, "recovered, at 2, replay 3:c 4:d 5:e 6:f 7:g 8:h 9:i"},
		{"just too old", seven, "a b c d e f g h i", 1, 0, "not recovered, at 9"},
		{"as many bytes as may be", seven, "a bc d", 1, 3, "recovered, at 1, replay 2:bc 3:d"},
		{"more bytes than may be", seven, "a bc d", 1, 2, "not recovered, at 3"},
		{
			"bytes bound a history", hub.ChannelOptions{History: hub.History{Count: 9, Bytes: 3}}, "a bb cc d", 2, 0,
			"recovered, at 2, replay 3:cc 4:d",
		},
		{"bytes bound a history 2", hub.ChannelOptions{History: hub.History{Count: 9, Bytes: 3}}, "a bb cc d", 1, 0, "not recovered, at 4"},
		{"one message is more than a history may have", hub.ChannelOptions{History: hub.History{Count: 9, Bytes: 3}}, "a bbbb", 1, 0, "not recovered, at 2"},
		{
			"not recovered, so shown as a newcomer", with(perKey, func(o *hub.ChannelOptions) { o.History.Count = 1 }), "k=a k=b l=c", 1, 0,
			"not recovered, at 3, snapshot 2:b 3:c",
		},

		{"last", hub.ChannelOptions{Snapshot: hub.SnapshotLast}, "a k=b", -1, 0, "at 2, snapshot 2:b"},
		{"per key", perKey, "k=a l=b k=c m=d", -1, 0, "at 4, snapshot 2:b 3:c 4:d"},
		{"per key, without keys", perKey, "a b", -1, 0, "at 2, snapshot 2:b"},
		{"per key, with too many", with(perKey, func(o *hub.ChannelOptions) { o.MaxKeys = 2 }), "k=a l=b k=c m=d", -1, 0, "at 4, snapshot 3:c 4:d"},
		{
			"keys are found in the data", with(perKey, func(o *hub.ChannelOptions) { o.Key = func(d []byte) string { return string(d[:1]) } }),
			"k1 l1 k2 l=k3", -1, 0, "at 4, snapshot 3:k2 4:k3",
		},
		{"per key, a snapshot replaces all", perKey, "k=a l=b !c m=d", -1, 0, "at 4, snapshot 3:c 4:d"},

		{"fold, before a snapshot", fold, "a b", -1, 0, "at 2"},
		{"fold", fold, "a !b c", -1, 0, "at 2, snapshot 2:b, replay 3:c"},
		{"fold, a bad message", fold, "!a b bad c", -1, 0, "at 1, snapshot 1:a, replay 2:b 3:bad 4:c"},
		{"fold, mended", fold, "!a bad !c d", -1, 0, "at 3, snapshot 3:c, replay 4:d"},
		{"fold, a bad state", fold, "!a b !bad c", -1, 0, "at 4"},
		{"fold, a bad state long ago", fold, "!bad " + strings.Repeat("x ", 400), -1, 0, "at 401"},
		{"fold, a bad state, mended", fold, "!a !bad !c d", -1, 0, "at 3, snapshot 3:c, replay 4:d"},
		{"fold, a gap", fold, "!a b ~c d", -1, 0, "at 4"},
		{"fold, a panic", fold, "!a panic", -1, 0, "at 1, snapshot 1:a, replay 2:panic"},
		{"fold, resumed", with(fold, func(o *hub.ChannelOptions) { o.History.Count = 9 }), "!a b c", 2, 0, "recovered, at 2, replay 3:c"},
		{"fold, not resumed", with(fold, func(o *hub.ChannelOptions) { o.History.Count = 1 }), "!a b c", 1, 0, "not recovered, at 1, snapshot 1:a, replay 2:b 3:c"},
		{"published snapshots", published, "a !b c d", -1, 0, "at 2, snapshot 2:b, replay 3:c 4:d"},
		{"published snapshots, a gap", published, "!a b ~c d", -1, 0, "at 4"},
		{"published snapshots, none for too long", published, "!a " + strings.Repeat("x ", 4097), -1, 0, "at 4098"},
		{"a fold is made anew when many follow", fold, "!a " + many, -1, 0, "at 129, snapshot 129:a" + strings.Repeat("x", 128) + ", replay" + xFrom(130, 201)},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions { return &c.opts }, Retain: -1})
			l := hubtest.NewLoop(0)
			publish(t, h, "c", c.messages)
			var got hub.Joined
			o := hub.JoinOptions{MaxReplay: c.most, Joined: func(j hub.Joined) { got = j }}
			if c.since >= 0 {
				o.Since = &hub.Position{Epoch: epochOf(t, h, l), Seq: uint64(c.since)}
			}
			if err := h.Join(l, &hubtest.Recorder{}, "c", o); err != nil {
				t.Fatal(err)
			}
			l.Run()
			if s := shown(got); s != c.want {
				t.Errorf("told %s\nwant %s", s, c.want)
			}
			anew := got.Newcomer()
			if anew.Resumed != got.Resumed || anew.Recovered {
				t.Errorf("as a newcomer: resumed %v, recovered %v", anew.Resumed, anew.Recovered)
			}
			anew.Resumed, o.Since = false, nil
			if err := h.Join(l, &hubtest.Recorder{}, "c", o); err != nil {
				t.Fatal(err)
			}
			l.Run()
			if s, want := shown(anew), shown(got); s != want {
				t.Errorf("as a newcomer told %s\nwhat one is told %s", s, want)
			}
		})
	}
}

func xFrom(from, to int) (s string) {
	for i := from; i <= to; i++ {
		s += fmt.Sprintf(" %d:x", i)
	}
	return s
}

func epochOf(t *testing.T, h *hub.Hub, l *hubtest.Loop) (epoch string) {
	t.Helper()
	err := h.Join(l, &hubtest.Recorder{}, "c", hub.JoinOptions{Joined: func(j hub.Joined) { epoch = j.Epoch }})
	if err != nil {
		t.Fatal(err)
	}
	l.Run()
	return epoch
}

// Another epoch is another count: what has the same number there is something else.
func TestResumeInAnotherEpoch(t *testing.T) {
	h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions { return &hub.ChannelOptions{History: hub.History{Count: 9}} }})
	l := hubtest.NewLoop(0)
	publish(t, h, "c", "a b")
	var got hub.Joined
	o := hub.JoinOptions{Since: &hub.Position{Epoch: "another", Seq: 2}, Joined: func(j hub.Joined) { got = j }}
	if err := h.Join(l, &hubtest.Recorder{}, "c", o); err != nil {
		t.Fatal(err)
	}
	l.Run()
	if s := shown(got); s != "not recovered, at 2" {
		t.Error(s)
	}
}

// A history ages with the messages that come, and by itself.
func TestHistoryAges(t *testing.T) {
	now := time.Unix(1000, 0)
	h := newHub(t, hub.Config{
		Now: func() time.Time { return now }, Retain: -1,
		Options: func(string) *hub.ChannelOptions {
			return &hub.ChannelOptions{History: hub.History{Count: 9, Age: 10 * time.Second}}
		},
	})
	l := hubtest.NewLoop(0)
	resume := func(seq uint64) string {
		var got hub.Joined
		m := &hubtest.Recorder{}
		o := hub.JoinOptions{Since: &hub.Position{Epoch: epochOf(t, h, l), Seq: seq}, Joined: func(j hub.Joined) { got = j }}
		if err := h.Join(l, m, "c", o); err != nil {
			t.Fatal(err)
		}
		l.Run()
		h.LeaveAll(l, m)
		return shown(got)
	}
	publish(t, h, "c", "a")
	now = now.Add(6 * time.Second)
	publish(t, h, "c", "b")
	now = now.Add(4 * time.Second)
	publish(t, h, "c", "c")
	if got := resume(0); got != "recovered, at 0, replay 1:a 2:b 3:c" {
		t.Errorf("at its age: %s", got)
	}
	now = now.Add(time.Second)
	publish(t, h, "c", "d")
	if got := resume(0); got != "not recovered, at 4" {
		t.Errorf("above it: %s", got)
	}
	now = now.Add(8 * time.Second)
	h.Sweep(now)
	if got := resume(2); got != "recovered, at 2, replay 3:c 4:d" {
		t.Errorf("after a sweep: %s", got)
	}
	now = now.Add(time.Hour)
	h.Sweep(now)
	if got := resume(3); got != "not recovered, at 4" {
		t.Errorf("after another: %s", got)
	}
}

// What a channel keeps outlives its members for as long as it was told.
func TestRetainOfAChannel(t *testing.T) {
	now := time.Unix(1000, 0)
	h := newHub(t, hub.Config{
		Now: func() time.Time { return now }, Retain: time.Second,
		Options: func(c string) *hub.ChannelOptions {
			if c == "forever" {
				return &hub.ChannelOptions{Retain: -1, Snapshot: hub.SnapshotLast}
			}
			return &hub.ChannelOptions{Retain: time.Minute, Snapshot: hub.SnapshotLast}
		},
	})
	l := hubtest.NewLoop(0)
	look := func(c string) string {
		var got hub.Joined
		m := &hubtest.Recorder{}
		if err := h.Join(l, m, c, hub.JoinOptions{Joined: func(j hub.Joined) { got = j }}); err != nil {
			t.Fatal(err)
		}
		l.Run()
		h.LeaveAll(l, m)
		return shown(got)
	}
	publish(t, h, "c", "a")
	publish(t, h, "forever", "a")
	now = now.Add(59 * time.Second)
	h.Sweep(now)
	if got := look("c"); got != "at 1, snapshot 1:a" {
		t.Errorf("within its time: %s", got)
	}
	now = now.Add(time.Minute) // the member's time counts anew
	h.Sweep(now)
	if got := look("c"); got != "at 0" {
		t.Errorf("behind it: %s", got)
	}
	now = now.Add(1000 * time.Hour)
	h.Sweep(now)
	if got := look("forever"); got != "at 1, snapshot 1:a" {
		t.Errorf("for ever: %s", got)
	}
}

// What a network broker has lost, or counted anew, shows in the message behind it, and ends what was kept.
func TestNumbersFromTheBroker(t *testing.T) {
	b := &numbering{}
	h := newHub(t, hub.Config{Broker: b, Options: func(string) *hub.ChannelOptions {
		return &hub.ChannelOptions{History: hub.History{Count: 9}, Snapshot: hub.SnapshotPerKey}
	}})
	l := hubtest.NewLoop(0)
	m := &hubtest.Recorder{}
	receive := func(epoch string, seq uint64, key string) {
		t.Helper()
		if _, err := b.sink.Receive("c", hub.Position{Epoch: epoch, Seq: seq}, hub.Payload{Data: []byte("x"), Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	receive("e", 5, "k")
	mustJoin(t, h, l, m, "c")
	receive("e", 6, "l")
	receive("e", 9, "m")
	receive("f", 1, "n")
	l.Run()
	var got []string
	for _, x := range m.Messages {
		got = append(got, fmt.Sprint(x.Epoch, x.Seq, " ", x.Lost, x.Renewed))
	}
	if want := []string{"e6 0 false", "e9 2 false", "f1 0 true"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	var j hub.Joined
	o := hub.JoinOptions{Since: &hub.Position{Epoch: "f"}, Joined: func(x hub.Joined) { j = x }}
	if err := h.Join(l, &hubtest.Recorder{}, "c", o); err != nil {
		t.Fatal(err)
	}
	l.Run()
	if s := shown(j); s != "recovered, at 0, replay 1:x" {
		t.Error(s)
	}
	j = hub.Joined{}
	o.Since = nil
	if err := h.Join(l, &hubtest.Recorder{}, "c", o); err != nil {
		t.Fatal(err)
	}
	l.Run()
	if s := shown(j); s != "at 1, snapshot 1:x" {
		t.Error(s)
	}
}

// numbering is a broker that lets the test number.
type numbering struct{ sink hub.Sink }

func (b *numbering) Attach(s hub.Sink) error { b.sink = s; return nil }
func (b *numbering) Publish(context.Context, string, hub.Payload) (hub.Position, error) {
	return hub.Position{}, errors.New("not by this way")
}
func (*numbering) Subscribe(string)   {}
func (*numbering) Unsubscribe(string) {}
func (*numbering) Close() error       { return nil }

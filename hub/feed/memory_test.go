package feed_test

import (
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// memory is a feed on an engine in memory, where the test is the loop: what the hub has
// queued for the loop waits until the test calls Settle.
type memory struct {
	*enginetest.Server
	t    testing.TB
	hub  *hub.Hub
	feed *feed.Feed
}

func inMemory(t testing.TB, hc hub.Config, fc feed.Config) *memory {
	t.Helper()
	h, f := newFeed(t, hc, fc)
	return &memory{newServer(t, f.Handler()), t, h, f}
}

func newServer(t testing.TB, h engine.Handler) *enginetest.Server {
	t.Helper()
	return enginetest.New(t, engine.Config{FloodRate: -1}, h)
}

func (m *memory) dial() *enginetest.Client {
	m.t.Helper()
	c := m.Dial()
	if r := c.Handshake(feed.DefaultPath); r.StatusCode != 101 {
		m.t.Fatal(r.Status)
	}
	return c
}

// together sends messages so that they come in one read.
func together(c *enginetest.Client, msgs ...string) {
	var b []byte
	for _, m := range msgs {
		b = append(b, enginetest.Frame(frame.OpText, []byte(m))...)
	}
	c.Write(b)
}

// got returns the messages that have arrived, epochs replaced by "E".
func (m *memory) got(c *enginetest.Client) []string {
	m.t.Helper()
	var msgs []string
	for _, f := range c.Frames() {
		switch f.Op {
		case frame.OpText:
			msgs = append(msgs, maskEpoch(string(f.Payload)))
		case frame.OpClose:
			code, reason, err := frame.ParseClose(f.Payload)
			if err != nil {
				m.t.Fatal(err)
			}
			msgs = append(msgs, "close "+code.String()+" "+reason)
		default:
			msgs = append(msgs, f.Op.String())
		}
	}
	return msgs
}

// maskEpoch makes an answer comparable: an epoch is new in every hub.
func maskEpoch(s string) string {
	const key = `"epoch":"`
	i := strings.Index(s, key)
	if i < 0 {
		return s
	}
	i += len(key)
	j := strings.IndexByte(s[i:], '"')
	return s[:i] + "E" + s[i+j:]
}

func (m *memory) expect(c *enginetest.Client, want ...string) {
	m.t.Helper()
	m.Settle()
	got := m.got(c)
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			m.t.Fatalf("message %d:\ngot  %s\nwant %s", i, g, w)
		}
	}
}

func (m *memory) publish(channel, data string, ts int64) {
	m.t.Helper()
	if err := m.feed.Publish(m.t.Context(), channel, []byte(data), ts); err != nil {
		m.t.Fatal(err)
	}
}

package raw_test

import (
	"context"
	"errors"
	"testing"
	"time"
	"unsafe"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// A member is what each of a million connections adds.
func TestMemberSize(t *testing.T) {
	if n := unsafe.Sizeof(raw.Member{}); n != 32 {
		t.Errorf("a Member has %d bytes, want 32", n)
	}
}

// waitFor lets the loops come to what a test has set going; it ends only with ok.
func waitFor(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("still not: " + what)
		}
	}
}

func TestPayloadArrivesAsPublished(t *testing.T) {
	h := newHub(t, hub.Config{})
	url := serve(t, engine.Handler{
		Open: func(c *engine.Conn) {
			if err := raw.Open(h, c, "a", "b"); err != nil {
				t.Error(err)
			}
		},
		Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
	})
	clients := []*websocket.Conn{dial(t, url), dial(t, url), dial(t, url)}
	waitFor(t, "six memberships", func() bool { return h.Members("a")+h.Members("b") == 6 })
	sent := []struct {
		channel string
		op      frame.Op
		data    string
	}{
		{"a", frame.OpText, "plain text"},
		{"b", frame.OpBinary, "\x00\xff\x80"},
		{"a", frame.OpText, ""},
		{"a", 0, "no opcode is text"},
		{"b", frame.OpText, `{"json":"is not looked at"`},
	}
	for _, p := range sent {
		if _, err := h.Publish(t.Context(), p.channel, hub.Payload{Op: p.op, Data: []byte(p.data)}); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range clients {
		for _, p := range sent {
			want := websocket.MessageText
			if p.op == frame.OpBinary {
				want = websocket.MessageBinary
			}
			typ, data, err := c.Read(t.Context())
			if err != nil || typ != want || string(data) != p.data {
				t.Fatalf("client %d got %v %q, %v; want %v %q", i, typ, data, err, want, p.data)
			}
		}
	}
	for _, c := range clients {
		_ = c.Close(websocket.StatusNormalClosure, "")
	}
	waitFor(t, "no channel left", func() bool { return h.Channels() == 0 })
}

// An Open that fails leaves the connection as it was: in no channel, with the User it had.
func TestOpenFails(t *testing.T) {
	h := newHub(t, hub.Config{})
	result := make(chan error, 1)
	url := serve(t, engine.Handler{
		Open: func(c *engine.Conn) {
			c.SetUser("somebody")
			err := raw.Open(h, c, "good", "no good")
			if raw.Of(c) != nil || c.User() != "somebody" {
				t.Errorf("User is %v after a failed Open", c.User())
			}
			raw.Close(h, c) // does nothing
			c.Close(frame.StatusPolicyViolation, "")
			result <- err
		},
	})
	dial(t, url)
	var ce *hub.ChannelError
	if err := <-result; !errors.Is(err, hub.ErrChannelName) || !errors.As(err, &ce) || ce.Channel != "no good" {
		t.Errorf("error %v", err)
	}
	if n := h.Channels(); n != 0 {
		t.Errorf("%d channels have members", n)
	}
}

// player is a session of somebody else's, with a Member in it.
type player struct {
	raw.Member
	name string
}

func TestEmbeddedMemberJoinsAndLeaves(t *testing.T) {
	h := newHub(t, hub.Config{})
	url := serve(t, engine.Handler{
		Open: func(c *engine.Conn) {
			p := &player{name: "ann"}
			p.Init(c)
			c.SetUser(p)
		},
		Message: func(c *engine.Conn, _ frame.Op, msg []byte) {
			p := c.User().(*player)
			if p.Conn() != c {
				t.Error("Conn is another one")
			}
			var err error
			switch string(msg) {
			case "join":
				err = p.Join(h, "room")
			case "leave":
				err = p.Leave(h, "room")
			}
			answer := p.name + " ok"
			if err != nil {
				answer = err.Error()
			}
			c.Send(frame.OpText, []byte(answer))
		},
		Close: func(c *engine.Conn, _ error) { c.User().(*player).LeaveAll(h) },
	})
	c := dial(t, url)
	ask := func(msg, want string) {
		t.Helper()
		if err := c.Write(context.Background(), websocket.MessageText, []byte(msg)); err != nil {
			t.Fatal(err)
		}
		if _, got, err := c.Read(context.Background()); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", msg, got, err, want)
		}
	}
	ask("leave", `hub: channel "room": the member is not in the channel`)
	ask("join", "ann ok")
	ask("join", `hub: channel "room": the member is in the channel already`)
	ask("leave", "ann ok")
	ask("join", "ann ok")
	if n := h.Members("room"); n != 1 {
		t.Errorf("%d members, want 1", n)
	}
	_ = c.CloseNow()
	waitFor(t, "the room is empty", func() bool { return h.Channels() == 0 })
}

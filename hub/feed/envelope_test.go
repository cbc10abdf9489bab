package feed_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

func TestEnvelope(t *testing.T) {
	pos := hub.Position{Epoch: "not sent", Seq: 42}
	for _, c := range []struct {
		name string
		msg  *hub.Message
		want string
	}{
		{"text", &hub.Message{Channel: "a@trade", Position: pos, Op: frame.OpText, Data: []byte(`{"p":"0.10"}`), Time: 1723161254087896568},
			`{"type":"message","channel":"a@trade","seq":42,"ts":1723161254087896568,"data":{"p":"0.10"}}`},
		{"data keeps its spacing and escapes", &hub.Message{Channel: "a", Position: pos, Op: frame.OpText, Data: []byte(" [1.0 ,\n\"\\u0041\"]\t"), Time: 1},
			`{"type":"message","channel":"a","seq":42,"ts":1,"data": [1.0 ,` + "\n" + `"\u0041"]` + "\t}"},
		{"no time", &hub.Message{Channel: "a", Position: pos, Op: frame.OpText, Data: []byte(`1`)},
			`{"type":"message","channel":"a","seq":42,"ts":0,"data":1}`},
		{"a time before 1970", &hub.Message{Channel: "a", Position: pos, Op: frame.OpText, Data: []byte(`1`), Time: -1},
			`{"type":"message","channel":"a","seq":42,"ts":-1,"data":1}`},
		{"binary", &hub.Message{Channel: "a", Position: pos, Op: frame.OpBinary, Data: []byte("\x00\xff>?")},
			`{"type":"message","channel":"a","seq":42,"ts":0,"data":"AP8+Pw=="}`},
		{"no data", &hub.Message{Channel: "a", Position: pos, Op: frame.OpText},
			`{"type":"message","channel":"a","seq":42,"ts":0,"data":null}`},
		{"no binary data", &hub.Message{Channel: "a", Position: pos, Op: frame.OpBinary},
			`{"type":"message","channel":"a","seq":42,"ts":0,"data":""}`},
		{"the largest numbers", &hub.Message{Channel: "a", Position: hub.Position{Seq: 1<<64 - 1}, Op: frame.OpText, Data: []byte(`1`), Time: -1 << 63},
			`{"type":"message","channel":"a","seq":18446744073709551615,"ts":-9223372036854775808,"data":1}`},
	} {
		f := c.msg.Frame(feed.Encoding)
		if f.Op() != frame.OpText || string(f.Payload()) != c.want {
			t.Errorf("%s: %v\ngot  %s\nwant %s", c.name, f.Op(), f.Payload(), c.want)
		}
		if !json.Valid(f.Payload()) {
			t.Errorf("%s: not JSON", c.name)
		}
	}
}

// The encoders put names between quotes as they are. That is right as long as the hub's alphabet has no byte
// that JSON would escape.
func TestNoChannelNameNeedsEscaping(t *testing.T) {
	legal := 0
	for b := range 256 {
		name := string([]byte{byte(b)})
		if hub.ValidateChannel(name) != nil {
			continue
		}
		legal++
		if q, err := json.Marshal(name); err != nil || string(q) != `"`+name+`"` {
			t.Errorf("%q becomes %s, %v", name, q, err)
		}
	}
	if legal != 71 {
		t.Errorf("the alphabet has %d bytes, want 71: is docs/protocol.md still right?", legal)
	}
}

func TestPublish(t *testing.T) {
	now := time.Unix(1700000000, 123456789)
	m := inMemory(t, hub.Config{}, feed.Config{Now: func() time.Time { return now }})
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)

	m.publish("a", `1`, 0) // dated by the feed
	m.publish("a", `2`, 5)
	if err := m.feed.PublishValid(t.Context(), "a", []byte(`3`), 0); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{``, ` `, `{`, `1 2`, "\"\xff\"", `{"a":undefined}`} {
		if err := m.feed.Publish(t.Context(), "a", []byte(bad), 5); !errors.Is(err, feed.ErrData) || !strings.Contains(err.Error(), `channel "a"`) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := m.feed.Publish(t.Context(), "no good", []byte(`1`), 5); !errors.Is(err, hub.ErrChannelName) {
		t.Errorf("bad name: %v", err)
	}
	m.expect(c,
		`{"type":"message","channel":"a","seq":1,"ts":1700000000123456789,"data":1}`,
		`{"type":"message","channel":"a","seq":2,"ts":5,"data":2}`,
		`{"type":"message","channel":"a","seq":3,"ts":1700000000123456789,"data":3}`)
}

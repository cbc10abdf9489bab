package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// TestGoCoder runs coder/websocket against the binary: echo of both kinds, a ping, a close code, and the feed.
func TestGoCoder(t *testing.T) {
	echo, feed := servers(t)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()

	c, _, err := websocket.Dial(ctx, echo, &websocket.DialOptions{CompressionMode: websocket.CompressionContextTakeover})
	if err != nil {
		t.Fatal(err)
	}
	c.SetReadLimit(-1)
	for _, typ := range []websocket.MessageType{websocket.MessageText, websocket.MessageBinary} {
		for _, size := range []int{0, 1, 125, 126, 65535, 65536, 4 << 20} {
			sent := bytes.Repeat([]byte{'w'}, size)
			if err := c.Write(ctx, typ, sent); err != nil {
				t.Fatalf("write %d bytes: %v", size, err)
			}
			got, p, err := c.Read(ctx)
			if err != nil || got != typ || !bytes.Equal(p, sent) {
				t.Fatalf("echo of %d bytes: type %v, %d bytes, %v", size, got, len(p), err)
			}
		}
	}
	_ = c.CloseRead(ctx)
	if err := c.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := c.Close(4001, "enough"); err != nil {
		t.Errorf("close: %v", err)
	}

	f, _, err := websocket.Dial(ctx, feed, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := wsjson.Write(ctx, f, map[string]any{"type": "subscribe", "channel": "ethusdt@trade", "id": "a"}); err != nil {
		t.Fatal(err)
	}
	var m struct {
		Type, Channel, Epoch string
		ID                   any
		Seq                  uint64
		Data                 json.RawMessage
	}
	var last uint64
	for i := range 5 {
		if err := wsjson.Read(ctx, f, &m); err != nil {
			t.Fatal(err)
		}
		want := "message"
		if i == 0 {
			want = "subscribed"
		}
		if m.Type != want || m.Channel != "ethusdt@trade" || i > 0 && (m.Seq != last+1 || len(m.Data) == 0) {
			t.Fatalf("message %d: %+v after seq %d", i, m, last)
		}
		last = m.Seq
	}
	var ce websocket.CloseError
	if err := f.Close(websocket.StatusNormalClosure, ""); err != nil && !errors.As(err, &ce) {
		t.Errorf("close: %v", err)
	}
}

package feed_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// The document's section about MessagePack, against a server on a real socket: a client that offers the subprotocol gets these very bytes.
func TestPackedExamples(t *testing.T) {
	doc, err := os.ReadFile(protocolDoc)
	if err != nil {
		t.Fatal(err)
	}
	srv := serve(t, hub.Config{}, feed.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, srv.url, &websocket.DialOptions{Subprotocols: []string{"weir.v1.msgpack"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	epoch := srv.epoch(t)
	if len(epoch) != len(docEpoch) {
		t.Fatalf("the epoch is %q: as long as that of the document it would do", epoch)
	}
	for _, s := range sections(t) {
		for _, b := range s.blocks {
			if s.title == "MessagePack" && b.kind == "json client" {
				if err := ws.Write(ctx, websocket.MessageText, []byte(strings.Join(b.msgs, "\n"))); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	_, rest, _ := strings.Cut(string(doc), "\n## MessagePack\n")
	before := []hub.Payload{ // each example
		{},
		{Time: 1723161254087896568, Data: []byte(`{"p":"61230.10","q":0.004,"m":true}`)},
		{Time: 1723161254087912012, Data: []byte(`1`), Key: "BTCUSDT", Gap: true},
	}
	for i, p := range before {
		_, after, ok := strings.Cut(rest, "\n```msgpack\n")
		if !ok {
			t.Fatalf("only %d examples in %s", i, protocolDoc)
		}
		text, _, _ := strings.Cut(after, "```")
		rest = after
		if p.Data != nil {
			if _, err := srv.hub.Publish(ctx, "btcusdt@trade", p); err != nil {
				t.Fatal(err)
			}
		}
		typ, got, err := ws.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Replace(unhex(t, text), []byte(docEpoch), []byte(epoch), 1)
		if typ != websocket.MessageBinary || !bytes.Equal(got, want) {
			t.Errorf("example %d of MessagePack in %s: %v\ngot  %x\nwant %x", i+1, protocolDoc, typ, got, want)
		}
		unpack(t, got)
	}
	if strings.Contains(rest, "\n```msgpack\n") {
		t.Errorf("there are more than %d examples in %s", len(before), protocolDoc)
	}
}

// The document's example of times, by a client that asks for them.
func timesExample(t *testing.T, s section) {
	t.Helper()
	now := time.Unix(0, 1723161254088000000)
	m := inMemory(t, hub.Config{Stamp: true, Now: func() time.Time { return now }}, feed.Config{Now: func() time.Time { return time.Unix(0, 1723161254088064536) }})
	for range 41 {
		m.publish("btcusdt@trade", `0`, 1)
	}
	c := m.dialFor("/feed?times=1", "weir.v1")
	together(c, `{"type":"subscribe","channel":"btcusdt@trade"}`)
	m.Settle()
	m.publish("btcusdt@trade", `{"p":"61230.10"}`, 1723161254087896568)
	want := s.blocks[0].msgs
	want[0] = maskEpoch(want[0])
	m.Settle()
	if got := m.got(c); len(s.blocks) != 1 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s:%d: got\n%q\nwant\n%q", protocolDoc, s.blocks[0].line, got, want)
	}
}

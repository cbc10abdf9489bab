package hub_test

import (
	"context"
	"fmt"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// session is what a protocol keeps for a connection; this one prints.
type session struct {
	name  string
	rooms hub.Memberships
}

func (s *session) Memberships() *hub.Memberships { return &s.rooms }

func (s *session) Deliver(m *hub.Message) hub.Outcome {
	fmt.Printf("%s: %s %d: %s\n", s.name, m.Channel, m.Seq, m.Frame(line).Payload())
	return hub.Sent // what the connection's SendMessage returned
}

// lineEncoding is how its wire protocol writes a message; there is one value of it.
type lineEncoding struct{ end string }

var line = &lineEncoding{end: "."}

func (*lineEncoding) Op(*hub.Message) frame.Op { return frame.OpText }
func (e *lineEncoding) Append(dst []byte, m *hub.Message) []byte {
	return append(append(dst, m.Data...), e.end...)
}

func ExampleHub() {
	h, err := hub.New(hub.Config{})
	if err != nil {
		panic(err)
	}
	defer h.Close()
	loop := hubtest.NewLoop(0) // an engine.Loop in a server
	ann, bob := &session{name: "ann"}, &session{name: "bob"}
	ctx := context.Background()

	if err := h.Join(loop, ann, "news", hub.JoinOptions{Joined: func(p hub.Joined) {
		fmt.Println("ann is in after message", p.Seq)
	}}); err != nil {
		panic(err)
	}
	publish := func(s string) {
		if _, err := h.Publish(ctx, "news", hub.Payload{Op: frame.OpText, Data: []byte(s)}); err != nil {
			fmt.Println(err)
		}
	}
	publish("sunshine")
	if err := h.Join(loop, bob, "news", hub.JoinOptions{}); err != nil {
		panic(err)
	}
	publish("rain")
	loop.Run()

	h.LeaveAll(loop, ann) // her connection has closed
	fmt.Println(h.Members("news"), "member is left")
	// Output:
	// ann is in after message 0
	// ann: news 1: sunshine.
	// ann: news 2: rain.
	// bob: news 2: rain.
	// 1 member is left
}

func ExampleValidateChannel() {
	fmt.Println(hub.ValidateChannel("btcusdt@depth@100ms"))
	fmt.Println(hub.ValidateChannel("two words"))
	// Output:
	// <nil>
	// hub: channel "two words": not a legal channel name: byte ' ' at offset 3; legal are A-Z a-z 0-9 _ . : @ / ! $ + -
}

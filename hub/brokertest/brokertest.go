package brokertest

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// Subject makes brokers to be tested.
type Subject struct {
	// New returns a broker that is not attached. All that it returns in one test are nodes
	// of one network, unless Nodes is 1.
	New func(t *testing.T) hub.Broker
	// Nodes is how many brokers are used together; 1 for one that is no network.
	Nodes int
	// Settle returns when the subscriptions asked for so far have taken effect. nil: they do at once.
	Settle func()
}

// Test fails unless the broker keeps the promises of hub.Broker. It waits for messages
// without a deadline of its own: a broker that loses one hangs the test.
func Test(t *testing.T, s Subject) {
	t.Run("AttachOnce", s.attachOnce)
	t.Run("PayloadUnchanged", s.payload)
	t.Run("OrderAndOnce", s.order)
	t.Run("Unsubscribe", s.unsubscribe)
	t.Run("CloseWaits", s.closeWaits)
	t.Run("Closed", s.closed)
}

// node is an attached broker with its sink.
type attached struct {
	hub.Broker
	sink *recorder
}

func (s Subject) start(t *testing.T, channels ...string) []attached {
	t.Helper()
	nodes := make([]attached, max(1, s.Nodes))
	for i := range nodes {
		nodes[i] = attached{s.New(t), newRecorder(t)}
		if err := nodes[i].Attach(nodes[i].sink); err != nil {
			t.Fatalf("Attach: %v", err)
		}
		t.Cleanup(func() {
			if err := nodes[i].Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		for _, c := range channels {
			nodes[i].Subscribe(c)
		}
	}
	if s.Settle != nil {
		s.Settle()
	}
	return nodes
}

func (s Subject) attachOnce(t *testing.T) {
	n := s.start(t)[0]
	if err := n.Attach(newRecorder(t)); !errors.Is(err, hub.ErrAttached) {
		t.Errorf("a second Attach returned %v, want ErrAttached", err)
	}
}

func (s Subject) payload(t *testing.T) {
	nodes := s.start(t, "c")
	for i, p := range []hub.Payload{
		{Op: frame.OpText, Data: []byte("text"), Time: 1, Key: "key"},
		{Op: frame.OpBinary, Data: []byte{0, 0xff, '\n'}, Time: -1},
		{Op: frame.OpText, Data: []byte{}},
	} {
		if _, err := nodes[0].Publish(t.Context(), "c", p); err != nil {
			t.Fatalf("Publish: %v", err)
		}
		for _, n := range nodes {
			n.sink.wait(i + 1)
			got := n.sink.channel("c")[i].payload
			if got.Op != p.Op || !bytes.Equal(got.Data, p.Data) || got.Time != p.Time || got.Key != p.Key {
				t.Errorf("published %+v, received %+v", p, got)
			}
		}
	}
}

// order has publishers on every node publish to every channel at the same time.
func (s Subject) order(t *testing.T) {
	const publishers, each = 4, 200
	channels := []string{"a", "b", "c"}
	nodes := s.start(t, channels...)
	var wg sync.WaitGroup
	for i, n := range nodes {
		for p := range publishers {
			wg.Go(func() {
				var last hub.Position
				for k := range each {
					for _, c := range channels {
						data := fmt.Appendf(nil, "%d.%d %d", i, p, k)
						at, err := n.Publish(t.Context(), c, hub.Payload{Op: frame.OpText, Data: data})
						if err != nil {
							t.Errorf("Publish: %v", err)
							return
						}
						if c == channels[0] && at.Seq != 0 {
							if at.Seq <= last.Seq {
								t.Errorf("position %d after %d", at.Seq, last.Seq)
							}
							last = at
						}
					}
				}
			})
		}
	}
	wg.Wait()
	total := len(nodes) * publishers * each
	for _, n := range nodes {
		n.sink.wait(total * len(channels))
		for _, c := range channels {
			checkOrder(t, c, n.sink.channel(c), total)
			checkSame(t, c, nodes[0].sink.channel(c), n.sink.channel(c))
		}
	}
}

func checkOrder(t *testing.T, channel string, got []delivery, total int) {
	t.Helper()
	if len(got) != total {
		t.Fatalf("channel %s: %d messages, want %d", channel, len(got), total)
	}
	next := map[string]int{}
	for i, d := range got {
		var from string
		var k int
		if _, err := fmt.Sscanf(string(d.payload.Data), "%s %d", &from, &k); err != nil {
			t.Fatalf("channel %s: unknown message %q", channel, d.payload.Data)
		}
		if k != next[from] {
			t.Fatalf("channel %s: publisher %s: message %d where %d was due", channel, from, k, next[from])
		}
		next[from]++
		if i > 0 && d.at != (hub.Position{Epoch: got[i-1].at.Epoch, Seq: got[i-1].at.Seq + 1}) {
			t.Fatalf("channel %s: position %v after %v", channel, d.at, got[i-1].at)
		}
	}
}

func checkSame(t *testing.T, channel string, a, b []delivery) {
	t.Helper()
	for i := range a {
		if a[i].at != b[i].at || !bytes.Equal(a[i].payload.Data, b[i].payload.Data) {
			t.Fatalf("channel %s: message %d is %v %q on one node, %v %q on another",
				channel, i, a[i].at, a[i].payload.Data, b[i].at, b[i].payload.Data)
		}
	}
}

package brokertest

import (
	"errors"
	"sync"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// unsubscribe: giving up one channel leaves the other alone, and it can be taken up again.
func (s Subject) unsubscribe(t *testing.T) {
	nodes := s.start(t, "keep", "lose")
	n := nodes[len(nodes)-1]
	n.Unsubscribe("lose")
	publish(t, nodes[0], "keep")
	waitFor(n.sink, "keep", 1)
	n.Subscribe("lose")
	if s.Settle != nil {
		s.Settle()
	}
	before := len(n.sink.channel("lose"))
	publish(t, nodes[0], "lose")
	waitFor(n.sink, "lose", before+1)
	publish(t, nodes[0], "keep")
	waitFor(n.sink, "keep", 2)
}

func publish(t *testing.T, n attached, channel string) {
	t.Helper()
	if _, err := n.Publish(t.Context(), channel, hub.Payload{Op: frame.OpText, Data: []byte("x")}); err != nil {
		t.Fatalf("Publish to %s: %v", channel, err)
	}
}

func waitFor(r *recorder, channel string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.got[channel]) < n {
		r.more.Wait()
	}
}

// closeWaits: Close does not return while Receive runs.
func (s Subject) closeWaits(t *testing.T) {
	n := s.start(t, "c")[0]
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	n.sink.pause = func() {
		once.Do(func() { close(entered) })
		<-leave
	}
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = n.Publish(t.Context(), "c", hub.Payload{Op: frame.OpText}) })
	<-entered
	wg.Go(func() {
		if err := n.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		n.sink.mu.Lock()
		defer n.sink.mu.Unlock()
		if n.sink.running != 0 {
			t.Error("Close returned while Receive was running")
		}
		n.sink.closed = true
	})
	close(leave)
	wg.Wait()
}

// closed: publishers that go on while the broker is closed get ErrClosed, and the sink
// nothing more.
func (s Subject) closed(t *testing.T) {
	n := s.start(t, "c")[0]
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				_, err := n.Publish(t.Context(), "c", hub.Payload{Op: frame.OpText})
				if errors.Is(err, hub.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("Publish: %v, want none or ErrClosed", err)
					return
				}
			}
		})
	}
	n.sink.wait(1)
	if err := n.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	n.sink.mu.Lock()
	if n.sink.running != 0 {
		t.Error("Close returned while Receive was running")
	}
	n.sink.closed = true
	n.sink.mu.Unlock()
	wg.Wait()
	if _, err := n.Publish(t.Context(), "c", hub.Payload{Op: frame.OpText}); !errors.Is(err, hub.ErrClosed) {
		t.Errorf("Publish after Close: %v, want ErrClosed", err)
	}
	n.Subscribe("d")
	n.Unsubscribe("d")
	if err := n.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}

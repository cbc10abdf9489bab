package brokertest

import (
	"sync"
	"testing"

	"github.com/weir-ws/weir/hub"
)

// recorder is a sink that keeps what it gets and numbers what has no number.
type recorder struct {
	t       *testing.T
	mu      sync.Mutex
	more    sync.Cond
	got     map[string][]delivery
	count   int
	running int
	closed  bool // nothing may come any more
	pause   func()
}

func newRecorder(t *testing.T) *recorder {
	r := &recorder{t: t, got: map[string][]delivery{}}
	r.more.L = &r.mu
	return r
}

func (r *recorder) Receive(channel string, at hub.Position, p hub.Payload) (hub.Position, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		r.t.Errorf("Receive of channel %q after Close had returned", channel)
	}
	if at == (hub.Position{}) {
		at = hub.Position{Epoch: "recorder", Seq: uint64(len(r.got[channel])) + 1}
	}
	r.got[channel] = append(r.got[channel], delivery{channel, at, p})
	r.count++
	r.running++
	r.more.Broadcast()
	if pause := r.pause; pause != nil {
		r.mu.Unlock()
		pause()
		r.mu.Lock()
	}
	r.running--
	return at, nil
}

// wait returns once n messages have come.
func (r *recorder) wait(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.count < n {
		r.more.Wait()
	}
}

func (r *recorder) channel(name string) []delivery {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]delivery(nil), r.got[name]...)
}

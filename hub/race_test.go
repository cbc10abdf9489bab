package hub_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// strict fails as soon as a message of a channel is missing, double or out of order.
type strict struct {
	t     *testing.T
	next  map[string]hub.Position // of the channels it is in: the position that is due
	got   int
	rooms hub.Memberships
}

func (s *strict) Memberships() *hub.Memberships { return &s.rooms }

func (s *strict) Deliver(m *hub.Message) hub.Outcome {
	due, in := s.next[m.Channel]
	if !in {
		s.t.Errorf("%s: message %d for a member that is not in", m.Channel, m.Seq)
	} else if m.Position != due {
		s.t.Errorf("%s: message %v, want %v", m.Channel, m.Position, due)
	}
	due.Seq++
	s.next[m.Channel] = due
	s.got++
	return hub.Sent
}

func (s *strict) join(h *hub.Hub, l hub.Loop, channel string) {
	err := h.Join(l, s, channel, hub.JoinOptions{Joined: func(p hub.Joined) {
		s.next[channel] = hub.Position{Epoch: p.Epoch, Seq: p.Seq + 1}
	}})
	if err != nil {
		s.t.Error(err)
	}
}

// TestConcurrent has publishers, real loops with members that come and go, sweeps, syncs and
// counts at the same time. Every member checks every message; the race detector the rest.
func TestConcurrent(t *testing.T) {
	const loops, publishers, perPublisher, perLoop = 3, 4, 2000, 20
	channels := []string{"a", "b", "c", "d"}
	h := newHub(t, hub.Config{TurnBudget: 16, Retain: time.Nanosecond, Shards: 2})
	runners := make([]*hubtest.Runner, loops)
	stays := make([][]*strict, loops) // members that stay in "a" all the time
	for i := range runners {
		r := hubtest.Start(i * 3)
		runners[i] = r
		r.Do(func() {
			for range 3 {
				s := &strict{t: t, next: map[string]hub.Position{}}
				s.join(h, r, "a")
				stays[i] = append(stays[i], s)
			}
		})
	}
	var publishing, others sync.WaitGroup
	quit := make(chan struct{})
	for p := range publishers {
		publishing.Go(func() {
			for i := range perPublisher {
				mustPublish(t, h, channels[(p+i)%len(channels)], "x")
				if i%500 == 499 {
					if err := h.Sync(t.Context()); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for i, r := range runners {
		rng := rand.New(rand.NewPCG(uint64(i), 3))
		members := make([]*strict, perLoop)
		for k := range members {
			members[k] = &strict{t: t, next: map[string]hub.Position{}}
		}
		others.Go(func() {
			for running := true; running; {
				select {
				case <-quit:
					running = false
				default:
				}
				r.Do(func() { churn(h, r, members[rng.IntN(perLoop)], channels[rng.IntN(len(channels))], rng.IntN(8) == 0) })
			}
			r.Do(func() {
				for _, m := range members {
					h.LeaveAll(r, m)
				}
			})
		})
	}
	others.Go(func() {
		for running := true; running; {
			select {
			case <-quit:
				running = false
			default:
			}
			h.Sweep(time.Now())
			_, _, _ = h.Stats(), h.Channels(), h.Members("a")
		}
	})
	publishing.Wait()
	close(quit)
	others.Wait()
	if err := h.Sync(t.Context()); err != nil {
		t.Error(err)
	}
	for i, r := range runners {
		r.Do(func() {
			for _, s := range stays[i] {
				if want := publishers * perPublisher / len(channels); s.got != want {
					t.Errorf("a member that stayed got %d messages, want %d", s.got, want)
				}
				h.LeaveAll(r, s)
			}
		})
		r.Stop()
	}
	h.Sweep(time.Now().Add(time.Hour))
	if st := h.Stats(); st.Channels != 0 || st.Retained != 0 || st.Backlog != 0 || st.Published != publishers*perPublisher {
		t.Errorf("in the end %+v: want no channel, no backlog, %d published", st, publishers*perPublisher)
	}
}

// churn joins the channel, or leaves it, or all.
func churn(h *hub.Hub, l hub.Loop, m *strict, channel string, all bool) {
	switch err := h.Leave(l, m, channel); {
	case err == nil:
		delete(m.next, channel)
	case all:
		h.LeaveAll(l, m)
		clear(m.next)
	default:
		m.join(h, l, channel)
	}
}

// Loops end while publishers publish and members join: nothing hangs, nobody else is hurt.
func TestLoopsEndConcurrently(t *testing.T) {
	for round := range 20 {
		h := newHub(t, hub.Config{TurnBudget: 4})
		keep, end := hubtest.Start(0), hubtest.Start(1)
		s := &strict{t: t, next: map[string]hub.Position{}}
		keep.Do(func() { s.join(h, keep, "c") })
		ready := make(chan struct{})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				<-ready
				for range 300 {
					mustPublish(t, h, "c", "x")
				}
			})
		}
		wg.Go(func() {
			<-ready
			for i := range 50 {
				end.Do(func() {
					m := &hubtest.Recorder{}
					// The loop may end at any moment, also between this func's start and here.
					_ = h.Join(end, m, "c", hub.JoinOptions{})
					_ = h.Join(end, m, fmt.Sprint("own", i), hub.JoinOptions{})
				})
			}
		})
		wg.Go(func() {
			<-ready
			for range round * 20 {
				_ = h.Members("c")
			}
			end.Stop()
			h.Forget(end)
		})
		close(ready)
		wg.Wait()
		if err := h.Sync(t.Context()); err != nil {
			t.Error(err)
		}
		keep.Do(func() {
			if s.got != 900 {
				t.Errorf("the member of the other loop got %d messages, want 900", s.got)
			}
		})
		h.Forget(end)
		if n, c := h.Members("c"), h.Channels(); n != 1 || c != 1 {
			t.Errorf("%d members, %d channels, want 1 and 1", n, c)
		}
		keep.Stop()
	}
}

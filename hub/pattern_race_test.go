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

// byPattern joins a pattern with the checks of strict.
func (s *strict) byPattern(h *hub.Hub, l hub.Loop, pattern string) {
	err := h.JoinPattern(l, s, pattern, hub.PatternOptions{
		Joined: func(channel string, p hub.Joined) {
			s.next[channel] = hub.Position{Epoch: p.Epoch, Seq: p.Seq + 1}
		},
	})
	if err != nil {
		s.t.Error(err)
	}
}

// TestPatternsConcurrently makes channels on several goroutines while members on several loops have patterns, and others join and leave both.
// Who has a pattern all the while gets every message of every channel, from its first one on.
func TestPatternsConcurrently(t *testing.T) {
	const loops, publishers, channels, each = 3, 4, 40, 5
	h := newHub(t, hub.Config{TurnBudget: 16, Shards: 2, Retain: -1})
	runners := make([]*hubtest.Runner, loops)
	stays := make([][]*strict, loops)
	for i := range runners {
		runners[i] = hubtest.Start(i * 2)
		runners[i].Do(func() {
			for range 5 {
				s := &strict{t: t, next: map[string]hub.Position{}}
				s.byPattern(h, runners[i], "*/even/*")
				stays[i] = append(stays[i], s)
			}
		})
	}
	var publishing, others sync.WaitGroup
	quit := make(chan struct{})
	for p := range publishers {
		publishing.Go(func() {
			for c := range channels {
				name := fmt.Sprintf("p%d/%s/%d", p%2, []string{"even", "odd"}[c%2], c) // two publishers make the same ones
				for range each {
					mustPublish(t, h, name, "x")
				}
			}
		})
	}
	for i, r := range runners {
		rng := rand.New(rand.NewPCG(uint64(i), 5))
		s := &strict{t: t, next: map[string]hub.Position{}}
		others.Go(func() {
			for {
				select {
				case <-quit:
					r.Do(func() { h.LeaveAll(r, s) })
					return
				default:
				}
				r.Do(func() {
					switch rng.IntN(4) {
					case 0:
						if len(s.rooms.Patterns()) == 0 {
							s.byPattern(h, r, "*/odd/*")
						}
					case 1:
						h.LeaveAll(r, s)
						clear(s.next)
					case 2:
						left, err := h.LeavePattern(r, s, "*/odd/*")
						for _, c := range left {
							delete(s.next, c)
						}
						if err == nil && s.rooms.Len() > 0 {
							t.Errorf("in %d channels without a pattern", s.rooms.Len())
						}
					case 3:
						_ = h.Stats()
						h.Sweep(time.Now())
					}
				})
			}
		})
	}
	publishing.Wait()
	close(quit)
	others.Wait()
	if err := h.Sync(t.Context()); err != nil {
		t.Error(err)
	}
	for i, r := range runners {
		r.Do(func() {
			for _, s := range stays[i] {
				if want := publishers * channels / 2 * each; s.got != want || s.rooms.Len() != channels {
					t.Errorf("a member with a pattern got %d messages of %d channels, want %d of %d", s.got, s.rooms.Len(), want, channels)
				}
				h.LeaveAll(r, s)
			}
		})
	}
	if st := h.Stats(); st.Channels != 0 || st.Subscriptions != 0 || st.Backlog != 0 {
		t.Errorf("in the end %+v", st)
	}
	for _, r := range runners {
		r.Stop()
	}
}

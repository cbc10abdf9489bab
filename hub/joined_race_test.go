package hub_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// sum is a Fold of numbers.
type sum struct{ n int }

func (s *sum) Apply(m *hub.Message) (err error) {
	d, err := strconv.Atoi(string(m.Data))
	s.n += d
	return err
}

func (s *sum) Reset(m *hub.Message) (err error) {
	s.n, err = strconv.Atoi(strings.TrimPrefix(string(m.Data), "="))
	return err
}

func (s *sum) Snapshot(dst []byte) ([]byte, bool) {
	return strconv.AppendInt(dst, int64(s.n), 10), true
}

// adder is a member that keeps the sum by what it is told and delivered, for each sequence number.
type adder struct {
	t     *testing.T
	epoch string
	at    uint64
	sum   int
	seen  map[uint64]int // the sum at each number
	rooms hub.Memberships
}

func (a *adder) Memberships() *hub.Memberships { return &a.rooms }

func (a *adder) Deliver(m *hub.Message) hub.Outcome {
	if m.Seq != a.at+1 {
		a.t.Errorf("message %d behind %d", m.Seq, a.at)
	}
	a.take(m)
	a.at = m.Seq
	a.seen[m.Seq] = a.sum
	return hub.Sent
}

func (a *adder) take(m *hub.Message) {
	d, err := strconv.Atoi(strings.TrimPrefix(string(m.Data), "="))
	if err != nil {
		a.t.Error(err)
	}
	if m.Snapshot {
		a.sum = 0
	}
	a.sum += d
}

func (a *adder) joined(j hub.Joined) {
	a.epoch = j.Epoch
	if j.Recovered {
		if j.Seq != a.at {
			a.t.Errorf("recovered at %d, had been at %d", j.Seq, a.at)
		}
	} else {
		if len(j.Snapshot) != 1 || j.Snapshot[0].Position != j.Position {
			a.t.Errorf("at %v with the snapshots %v", j.Position, j.Snapshot)
			return
		}
		a.take(j.Snapshot[0])
		a.at = j.Seq
		a.seen[j.Seq] = a.sum
	}
	for _, m := range j.Replay {
		a.Deliver(m)
	}
}

// Whoever comes in, at whatever moment, as a newcomer or again, has the sum that the messages up to there have, and goes on without a gap
// and without a message twice, while several publishers are at it and send a whole state now and then.
func TestJoinedConcurrently(t *testing.T) {
	const loops, publishers, each = 3, 3, 3000
	opts := &hub.ChannelOptions{
		Snapshot: hub.SnapshotFold, Fold: func() hub.Fold { return &sum{} }, History: hub.History{Count: 64},
	}
	h := newHub(t, hub.Config{TurnBudget: 64, Options: func(string) *hub.ChannelOptions { return opts }})
	var mu sync.Mutex
	published := map[uint64]string{}
	publish := func(data string, whole bool) {
		pos, err := h.Publish(t.Context(), "c", hub.Payload{Data: []byte(data), Snapshot: whole})
		if err != nil {
			t.Error(err)
		}
		mu.Lock()
		published[pos.Seq] = data
		mu.Unlock()
	}
	recovered := 0
	enough := func() bool { mu.Lock(); defer mu.Unlock(); return recovered >= 20 }
	publish("=0", true)
	quit := make(chan struct{})
	var publishing, coming sync.WaitGroup
	for range publishers {
		publishing.Go(func() {
			for i := 0; i < each || i < 100*each && !enough(); i++ {
				if i%500 == 499 {
					publish(fmt.Sprint("=", rand.IntN(1000)), true)
				} else {
					publish(fmt.Sprint(rand.IntN(1000)), false)
				}
			}
		})
	}
	runners := make([]*hubtest.Runner, loops)
	members := make([][]*adder, loops)
	for i := range runners {
		r := hubtest.Start(i)
		runners[i] = r
		coming.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-quit:
					return
				default:
				}
				r.Do(func() {
					a := &adder{t: t, seen: map[uint64]int{}}
					if k := len(members[i]); k > 0 && n%2 == 0 { // an old one comes again
						a = members[i][rand.IntN(k)]
						h.LeaveAll(r, a)
					} else {
						members[i] = append(members[i], a)
					}
					o := hub.JoinOptions{Joined: func(j hub.Joined) {
						if j.Recovered {
							mu.Lock()
							recovered++
							mu.Unlock()
						}
						a.joined(j)
					}}
					if a.at > 0 {
						o.Since = &hub.Position{Epoch: a.epoch, Seq: a.at}
					}
					if err := h.Join(r, a, "c", o); err != nil {
						t.Error(err)
					}
				})
				if len(members[i]) > 100 {
					r.Do(func() { // not ever more
						h.LeaveAll(r, members[i][0])
						members[i] = members[i][1:]
					})
				}
			}
		})
	}
	publishing.Wait()
	close(quit)
	coming.Wait()
	if err := h.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}

	sums, n := map[uint64]int{}, 0
	for seq := uint64(1); seq <= uint64(len(published)); seq++ {
		d, whole := strings.CutPrefix(published[seq], "=")
		v, _ := strconv.Atoi(d)
		if whole {
			n = 0
		}
		n += v
		sums[seq] = n
	}
	checked := 0
	for i, r := range runners {
		r.Do(func() {
			for _, a := range members[i] {
				if a.at != uint64(len(published)) {
					t.Errorf("a member is at %d of %d", a.at, len(published))
				}
				for seq, got := range a.seen {
					checked++
					if got != sums[seq] {
						t.Fatalf("the sum at %d is %d, want %d", seq, got, sums[seq])
					}
				}
			}
		})
		r.Stop()
	}
	if recovered == 0 || checked == 0 {
		t.Errorf("%d recovered, %d sums checked", recovered, checked)
	}
	t.Logf("%d recovered, %d sums checked", recovered, checked)
}

package engine_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// Connections come, go and are written to while other goroutines post to them through Refs, live and stale. What
// each goroutine posted to a connection runs in its order and on that connection alone; what was posted before the
// end and reported true either ran or found the connection gone; nothing posted after it runs. The race detector is
// part of the test.
func TestSimulationPostsFromGoroutines(t *testing.T) {
	seeds := 30
	if engine.RaceBuild || testing.Short() {
		seeds = 8
	}
	for seed := range seeds {
		postFromGoroutines(t, uint64(seed))
	}
}

// target is a connection that goroutines post to.
type target struct {
	id     int
	ref    engine.Ref
	conn   *engine.Conn
	gone   atomic.Bool
	next   []int          // by goroutine: the post that is due; the loop's alone
	posted []atomic.Int64 // by goroutine: posts that reported true
	ran    atomic.Int64
}

func postFromGoroutines(t *testing.T, seed uint64) {
	const posters, each = 4, 1500
	r := rand.New(rand.NewPCG(seed, 9))
	var mu sync.RWMutex
	var targets []*target
	dialed := 0
	s := enginetest.New(t, engine.Config{Loops: 3, HighWatermark: 2000, LowWatermark: 500}, engine.Handler{
		Open: func(c *engine.Conn) {
			x := &target{id: dialed, ref: c.Ref(), conn: c, next: make([]int, posters), posted: make([]atomic.Int64, posters)}
			c.SetUser(x)
			mu.Lock()
			targets = append(targets, x)
			mu.Unlock()
		},
		Close: func(c *engine.Conn, _ error) {
			x := c.User().(*target)
			x.gone.Store(true)
			if x.ref.Post(func(*engine.Conn) {}) {
				t.Errorf("seed %d: Post in Close reported true", seed)
			}
		},
	})
	var clients []*enginetest.Client
	dial := func() {
		dialed++
		c := s.Dial()
		c.Discard()
		if r.IntN(3) == 0 {
			c.SetPerWrite(50)
		}
		c.Write(enginetest.Request("/"))
		clients = append(clients, c)
	}
	dial()
	var wg sync.WaitGroup
	for p := range posters {
		r := rand.New(rand.NewPCG(seed, uint64(100+p)))
		wg.Go(func() {
			numbers := map[*target]int{}
			for range each {
				mu.RLock()
				x := targets[r.IntN(len(targets))]
				mu.RUnlock()
				n := numbers[x]
				gone := x.gone.Load()
				ok := x.ref.Post(func(c *engine.Conn) {
					if c != x.conn || c.User() != any(x) {
						t.Errorf("seed %d: a post for %d ran on another connection", seed, x.id)
					}
					if x.next[p] != n || x.gone.Load() {
						t.Errorf("seed %d: post %d of goroutine %d ran, %d was due, gone %t", seed, n, p, x.next[p], x.gone.Load())
					}
					x.next[p]++
					x.ran.Add(1)
					c.Send(frame.OpText, fmt.Appendf(nil, "%d from %d", n, p))
				})
				if ok && gone {
					t.Errorf("seed %d: Post reported true after Close", seed)
				}
				if ok {
					numbers[x] = n + 1
					x.posted[p].Add(1)
				}
			}
		})
	}
	posted := make(chan struct{})
	go func() { wg.Wait(); close(posted) }()
	for done := false; !done; {
		select {
		case <-posted:
			done = true
		default:
		}
		switch c := clients[r.IntN(len(clients))]; r.IntN(12) {
		case 0:
			dial()
		case 1:
			c.Reset()
		case 2:
			c.Send(frame.OpClose, nil)
			c.CloseWrite()
		case 3:
			s.Advance(20 * time.Millisecond)
		default:
			s.Turn(r.IntN(3))
		}
	}
	s.Settle()
	s.Advance(time.Second)
	for _, x := range targets {
		total := int64(0)
		for p := range posters {
			total += x.posted[p].Load()
		}
		if ran := x.ran.Load(); ran > total || !x.gone.Load() && engine.StateOf(x.conn) == "open" && ran != total {
			t.Errorf("seed %d: connection %d, gone %t: %d posts were taken, %d ran", seed, x.id, x.gone.Load(), total, ran)
		}
	}
	for _, c := range clients {
		c.Reset()
	}
	s.Advance(10 * time.Second)
	for i := range 3 {
		if left := engine.Leftovers(s.Engine().Loop(i)); left != "" {
			t.Errorf("seed %d: loop %d is not empty: %s", seed, i, left)
		}
	}
}

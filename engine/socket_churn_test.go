//go:build unix

package engine_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Connections come and go at a high rate, so that descriptors are reused at once, while everybody's token is sent from
// everywhere: echoes, posts from other goroutines to connections that may be gone, fan-outs over members that are
// dying. Each connection must only ever get its own token.
func TestSocketNoBytesOfAnother(t *testing.T) {
	t.Parallel()
	const workers, rounds = 12, 80
	cfg := quickly()
	cfg.Loops = 2
	var mu sync.Mutex
	refs := map[uint64]engine.Ref{}
	var late atomic.Int64
	s := serve(t, cfg, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			var token uint64
			_, err := fmt.Sscanf(r.URL.Path, "/%d", &token)
			return engine.Accept{User: token}, err
		},
		Open: func(c *engine.Conn) { mu.Lock(); refs[c.User().(uint64)] = c.Ref(); mu.Unlock() },
		Message: func(c *engine.Conn, op frame.Op, p []byte) {
			for range 3 {
				c.Send(op, p)
			}
			c.Send(op, tokenBytes(c.User().(uint64), 70<<10)) // past what is coalesced
		},
		// References stay behind: posts to connections that are gone are the point.
	})
	stop := make(chan struct{})
	var wg, senders sync.WaitGroup
	for range 2 {
		senders.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				mu.Lock()
				n := 0
				for token, ref := range refs {
					if !ref.Send(frame.OpBinary, tokenBytes(token, 16)) {
						late.Add(1)
						delete(refs, token)
					}
					if n++; n == 64 {
						break
					}
				}
				mu.Unlock()
				time.Sleep(100 * time.Microsecond)
			}
		})
	}
	var got atomic.Int64
	for w := range workers {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 1))
			for i := range rounds {
				n, err := churnOnce(s.addr, uint64(w*rounds+i+1), rnd)
				if err != nil {
					t.Errorf("worker %d, round %d: %v", w, i, err)
					return
				}
				got.Add(int64(n))
			}
		})
	}
	wg.Wait()
	close(stop)
	senders.Wait()
	t.Logf("%d connections got %d frames, all their own; %d posts came too late", workers*rounds, got.Load(), late.Load())
	if got.Load() == 0 {
		t.Error("nobody got anything")
	}
}

func tokenBytes(token uint64, n int) []byte {
	p := make([]byte, n)
	for i := 0; i+8 <= n; i += 8 {
		binary.BigEndian.PutUint64(p[i:], token)
	}
	return p
}

// churnOnce connects, talks a little, checks every frame, and ends in one of several ways.
func churnOnce(a net.Addr, token uint64, rnd *rand.Rand) (frames int, err error) {
	nc, err := net.Dial(a.Network(), a.String())
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(patience))
	c := newRawClient(nil, nc)
	if _, err := fmt.Fprintf(nc, "GET /%d HTTP/1.1\r\n%s\r\n", token, plainRequest[len("GET /chat HTTP/1.1\r\n"):]); err != nil {
		return 0, err
	}
	r, err := http.ReadResponse(c.br, nil)
	if err != nil || r.StatusCode != 101 {
		return 0, fmt.Errorf("handshake: %v %v", r, err)
	}
	if _, err := nc.Write(masked(frame.OpBinary, tokenBytes(token, 8*(1+rnd.IntN(20))))); err != nil {
		return 0, err
	}
	for range rnd.IntN(5) {
		op, p, err := c.next()
		if err != nil {
			return frames, err
		}
		for i := 0; i+8 <= len(p); i += 8 {
			if other := binary.BigEndian.Uint64(p[i:]); other != token || op != frame.OpBinary {
				return frames, fmt.Errorf("connection %d got a %s of %d's", token, op, other)
			}
		}
		frames++
	}
	switch rnd.IntN(3) {
	case 0:
		_ = nc.(*net.TCPConn).SetLinger(0) // a reset
	case 1:
		_, _ = nc.Write(masked(frame.OpClose, []byte{0x03, 0xe8}))
	}
	return frames, nil
}

//go:build unix

package engine_test

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// A client that reads nothing for a while and then everything: not a byte is lost between the frames that wait and the
// ciphertext that was under way, and Buffered comes back to zero.
func TestTLSSlowReaderLosesNothing(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		cfg := secure()
		cfg.HighWatermark, cfg.HardLimit, cfg.Loops = 64<<20, 128<<20, 1
		h, refs := opened(echo())
		s := serve(t, cfg, h)
		c := dialWSS(t, s.addr, trusting(version))
		ref := wait(t, "Open", refs)
		const messages = 2000
		sizes := []int{4, 100, 5000, 70_000}
		queued := make(chan int, 1)
		ref.Post(func(c *engine.Conn) {
			for i := range messages {
				p := make([]byte, sizes[i%len(sizes)])
				binary.BigEndian.PutUint32(p, uint32(i))
				if o := c.SendMessage(frame.NewMessage(frame.OpBinary, p)); o > engine.Queued {
					t.Errorf("message %d: %s", i, o)
				}
			}
			queued <- c.Buffered()
		})
		if n := wait(t, "the sends", queued); n < 1<<20 {
			t.Errorf("only %d bytes wait: the reader did not stall", n)
		}
		for i := range messages {
			op, p, err := c.next()
			if err != nil || op != frame.OpBinary || len(p) != sizes[i%len(sizes)] || binary.BigEndian.Uint32(p) != uint32(i) {
				t.Fatalf("message %d: %s of %d bytes, %v", i, op, len(p), err)
			}
		}
		eventually(t, "nothing is left", func() bool {
			left := make(chan int, 1)
			onLoop(t, ref, func(c *engine.Conn) { left <- c.Buffered() })
			return <-left == 0
		})
	})
}

// One that is given up is told so in a close frame behind what was under way, with nothing in between torn.
func TestTLSSlowReaderIsCutOff(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		cfg := secure()
		cfg.Slow, cfg.Loops = engine.PolicyDisconnect, 1
		h, refs := opened(echo())
		h, ended := closes(h)
		s := serve(t, cfg, h)
		for _, size := range []int{50, 3000, 40_000} {
			c := dialWSS(t, s.addr, trusting(version))
			ref := wait(t, "Open", refs)
			for i := 0; ref.Post(func(c *engine.Conn) {
				p := make([]byte, size)
				binary.BigEndian.PutUint32(p, uint32(i))
				c.SendMessage(frame.NewMessage(frame.OpBinary, p))
			}); i++ {
				onLoopOrGone(ref)
				if i > 100_000_000/size {
					t.Fatal("the reader is not given up")
				}
				if s.Stats().SlowClosed > 0 {
					break
				}
			}
			for i := uint32(0); ; i++ {
				op, p, err := c.next()
				if err != nil {
					t.Fatalf("message %d of %d bytes: %v", i, size, err)
				}
				if op == frame.OpClose {
					if code := frame.Status(binary.BigEndian.Uint16(p)); code != frame.StatusTryAgainLater {
						t.Errorf("closed with %d", code)
					}
					break
				}
				if op != frame.OpBinary || len(p) != size || binary.BigEndian.Uint32(p) != i {
					t.Fatalf("message %d of %d bytes: %s of %d bytes, number %d", i, size, op, len(p), binary.BigEndian.Uint32(p))
				}
			}
			_ = c.Close()
			if ce := wait(t, "Close", ended); ce.Code != frame.StatusTryAgainLater || !errors.Is(ce, engine.ErrSlowConsumer) {
				t.Errorf("closed with %v", ce)
			}
			s.stop()
			s = serve(t, cfg, h)
		}
	})
}

// onLoopOrGone waits for what was posted to a connection before, if it is still there.
func onLoopOrGone(r engine.Ref) {
	done := make(chan struct{})
	if r.Post(func(*engine.Conn) { close(done) }) {
		select {
		case <-done:
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A frame shared by all is encrypted for each, also while some are slow.
func TestTLSFanOut(t *testing.T) {
	t.Parallel()
	cfg := secure()
	cfg.Addrs = append(cfg.Addrs, "127.0.0.1:0")
	h, refs := opened(echo())
	s := serve(t, cfg, h)
	const clients, messages = 20, 200
	var cs []*rawClient
	var all []engine.Ref
	for i := range clients {
		if i%4 == 0 {
			cs = append(cs, dialWS(t, s.Addrs()[1]))
		} else {
			cs = append(cs, dialWSS(t, s.addr, trusting(tls.VersionTLS12+uint16(i%2))))
		}
		all = append(all, wait(t, "Open", refs))
	}
	for i := range messages {
		m := frame.NewMessage(frame.OpText, fmt.Appendf(nil, "%d %0*d", i, i*37%3000, 0))
		for _, r := range all {
			r.Post(func(c *engine.Conn) { c.SendMessage(m) })
		}
	}
	for _, c := range cs {
		for i := range messages {
			c.expect(frame.OpText, fmt.Sprintf("%d %0*d", i, i*37%3000, 0))
		}
	}
}

// An http.Server of the application's, with TLS and HTTP/2 as it comes: a WebSocket is taken over with its TLS, and no
// goroutine stays for it. Not parallel: it counts what the whole process has.
func TestTLSUpgradeFromNetHTTP(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		e, err := engine.New(engine.Config{HTTP: engine.HTTPConfig{UpgradeOnly: true}, DrainWindow: -1}, echo())
		if err != nil {
			t.Fatal(err)
		}
		end := make(chan error, 1)
		go func() { end <- e.Run(context.Background()) }()
		wait(t, "Run", e.Running())
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/page" {
				_, _ = fmt.Fprint(w, r.Proto)
				return
			}
			if err := e.Upgrade(w, r); err != nil {
				t.Error(err)
			}
		}))
		srv.EnableHTTP2 = true
		srv.TLS = &tls.Config{Certificates: []tls.Certificate{testCert()}}
		srv.StartTLS()
		eventually(t, "things are quiet", quiet())
		before := runtime.NumGoroutine()
		var cs []*rawClient
		for range 100 {
			cork := &corked{Conn: connect(t, srv.Listener.Addr()).Conn, pulled: version == tls.VersionTLS12}
			c := secureOver(t, cork, trusting(version)) // with 1.3 its client has the last word
			c.bytes(plainRequest + "\r\n" + string(masked(frame.OpText, []byte("early"))))
			if err := cork.pull(); err != nil {
				t.Fatal(err)
			}
			if r := c.response("GET"); r.StatusCode != 101 {
				t.Fatal(r.Status)
			}
			c.expect(frame.OpText, "early")
			cs = append(cs, c)
		}
		eventually(t, "the goroutines are gone", func() bool { return runtime.NumGoroutine() <= before })
		big := make([]byte, 300_000)
		for _, c := range cs {
			c.say(frame.OpBinary, string(big))
			c.expect(frame.OpBinary, string(big))
			_ = c.Close()
		}
		srv.Close()
		if err := e.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := <-end; err != nil {
			t.Error(err)
		}
	}
}

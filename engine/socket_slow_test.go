//go:build unix

package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Each way in which a slow consumer ends: 1013 behind whole messages, in order, and Close told why.
func TestSocketSlowConsumer(t *testing.T) {
	// overfill sends until the connection is ended for it.
	overfill := func(c *engine.Conn, sent int) int {
		i, o := sent, engine.Queued
		for ; o == engine.Queued; i++ {
			o = c.Send(frame.OpBinary, numbered(i, bigMessage))
		}
		if o != engine.Closed {
			panic("the last message was " + o.String())
		}
		return i - 1
	}
	for _, tc := range []struct {
		name   string
		cfg    func(*engine.Config)
		finish func(c *engine.Conn, sent int) int // nil: just wait
		want   error
	}{
		{"disconnect at the high watermark", func(c *engine.Config) { c.Slow = engine.PolicyDisconnect }, overfill, engine.ErrSlowConsumer},
		{"disconnect, set on the connection", func(c *engine.Config) {}, func(c *engine.Conn, sent int) int {
			c.SetSlowPolicy(engine.PolicyDisconnect)
			return overfill(c, sent)
		}, engine.ErrSlowConsumer},
		{"hard limit", func(c *engine.Config) { c.HighWatermark, c.HardLimit = 512<<10, 512<<10 }, overfill, engine.ErrSlowConsumer},
		{"write deadline", func(c *engine.Config) { c.WriteTimeout = 300 * time.Millisecond }, nil, engine.ErrWriteTimeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			cfg := quickly()
			cfg.WriteTimeout, cfg.CloseTimeout = -1, patience
			tc.cfg(&cfg)
			h, refs := opened(engine.Handler{})
			h, errs := closes(h)
			s := serve(t, cfg, h)
			c, ref, sent := stall(t, s, refs)
			if tc.finish != nil {
				onLoop(t, ref, func(c *engine.Conn) { sent = tc.finish(c, sent) })
			}
			eventually(t, "counted", func() bool {
				if tc.finish == nil {
					topUp(ref, &sent)
				}
				return s.Stats().SlowClosed == 1
			})
			// Messages that had not begun to go out were given up for the close frame; what came is whole.
			n := c.readNumberedToClose(frame.StatusTryAgainLater)
			if n == 0 || tc.finish != nil && n >= sent {
				t.Errorf("%d messages came, %d were accepted; want some, and not those that waited", n, sent)
			}
			c.expectEOF()
			_ = c.Close()
			if err := wait(t, "Close", errs); err.Code != frame.StatusTryAgainLater || !errors.Is(err, tc.want) {
				t.Errorf("Close got %v, want %v", err, tc.want)
			}
		})
	}
}

// topUp keeps a stalled connection over its high watermark: the kernel enlarges a full socket's buffer now and
// then, and takes what waited. *sent belongs to the connection's loop.
func topUp(ref engine.Ref, sent *int) {
	ref.Post(func(c *engine.Conn) {
		for c.Send(frame.OpBinary, numbered(*sent, bigMessage)) < engine.Dropped {
			*sent++
		}
	})
}

// One that does not read its 1013 either is reset after the close timeout: a stalled peer cannot hold a descriptor.
func TestSocketSlowConsumerThatNeverReads(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.WriteTimeout, cfg.CloseTimeout = 200*time.Millisecond, 200*time.Millisecond
	h, refs := opened(engine.Handler{})
	h, errs := closes(h)
	s := serve(t, cfg, h)
	c, ref, sent := stall(t, s, refs)
	eventually(t, "ended", func() bool { topUp(ref, &sent); return s.Stats().SlowClosed == 1 })
	if err := wait(t, "Close", errs); err.Code != frame.StatusTryAgainLater || !errors.Is(err, engine.ErrWriteTimeout) {
		t.Errorf("Close got %v", err)
	}
	eventually(t, "the socket is released", func() bool { return s.Stats().Conns == 0 })
	c.expectReset()
}

// A pong to a reader that stalls: only the latest ping of many is answered (RFC 6455 5.5.3), once the rest is out.
func TestSocketOnePongPending(t *testing.T) {
	t.Parallel()
	cfg := quickly()
	cfg.WriteTimeout, cfg.HighWatermark = -1, 2<<20
	h, refs := opened(engine.Handler{})
	s := serve(t, cfg, h)
	c, ref, sent := stall(t, s, refs)
	onLoop(t, ref, func(c *engine.Conn) { // far more than the kernel may yet take
		for ; c.Buffered() < 1<<20; sent++ {
			c.Send(frame.OpBinary, numbered(sent, bigMessage))
		}
	})
	for i := range 50 {
		c.say(frame.OpPing, string(rune('A'+i)))
	}
	c.say(frame.OpPing, "last")
	eventually(t, "the pings were read", func() bool { return s.Stats().BytesIn == uint64(len(plainRequest)+2+50*7+10) })
	c.expectNumbered(0, sent)
	c.expect(frame.OpPong, "last")
}

package million

import (
	"fmt"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/load"
	"github.com/weir-ws/weir/bench/internal/proc"
	"github.com/weir-ws/weir/bench/internal/result"
)

// broadcastPatience is how long a message may take to all connections.
const broadcastPatience = 2 * time.Minute

// broadcast has one message published on every server at once. All copies are due at the same moment: what a delivery
// waits for processors that are busy with other servers counts.
func (r *run) broadcast() error {
	var pubs []net.Conn
	defer func() {
		for _, c := range pubs {
			_ = c.Close()
		}
	}()
	for _, s := range r.servers {
		c, err := dial(r.ctx, s.control, "/pub")
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		pubs = append(pubs, c)
	}
	if err := r.tell(order{Expect: &expectOrder{Size: r.Size, Patience: broadcastPatience.Seconds()}}); err != nil {
		return err
	}
	if err := r.await(r.ctx, func() bool { return r.every(func(m *member) bool { return m.Ready }) }, func() {}); err != nil {
		return err
	}
	before, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return fmt.Errorf("read the clock: %w", err)
	}
	start := time.Now()
	message := load.BroadcastFrame(0, r.Size, now.Nano())
	for i, c := range pubs {
		if _, err := c.Write(message); err != nil {
			return fmt.Errorf("publish on %s: %w", r.servers[i].name, err)
		}
	}
	peak := r.out.Memory.Held.Buffers
	err = r.await(r.ctx, func() bool { return r.every(func(m *member) bool { return m.Done }) }, func() {
		if k, err := kernelMemory(); err == nil {
			peak = max(peak, k.Buffers)
		}
		r.say("broadcast", int(r.count(func(m *member) int64 { return oneIf(m.Done) })), len(r.clients), "clients have it on all connections", 0)
	})
	if err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	after, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	used := after.Since(before)
	l, err := r.latency()
	if err != nil {
		return err
	}
	r.out.Broadcast = &result.MillionBroadcast{Deliveries: int64(r.Plan.Conns), Size: r.Size, Seconds: seconds, Latency: l,
		UserCPU: used.User.Seconds(), SystemCPU: used.System.Seconds(), BuffersPeak: peak}
	return nil
}

// disconnect has all clients go at once, and sees what is left after a while.
func (r *run) disconnect() error {
	before, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	start := time.Now()
	if err := r.tell(order{Close: true}); err != nil {
		return err
	}
	var failed error
	left := r.Plan.Conns
	gone := func() bool {
		if !r.every(func(m *member) bool { return m.Closed }) {
			return false
		}
		_, _, left, failed = r.held()
		return left == 0 || failed != nil
	}
	err = r.await(r.ctx, gone, func() {
		if _, _, n, err := r.held(); err == nil {
			left = n
		}
		t, done := time.Since(start), r.Plan.Conns-left
		eta := time.Duration(0)
		if done > 0 {
			eta = t * time.Duration(left) / time.Duration(done)
		}
		r.say("disconnect", done, r.Plan.Conns, "connections", eta)
	})
	if err != nil || failed != nil {
		return firstError(failed, err)
	}
	out := &result.MillionCleanup{Seconds: time.Since(start).Seconds()}
	after, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	used := after.Since(before)
	out.UserCPU, out.SystemCPU = used.User.Seconds(), used.System.Seconds()
	if err := r.pause("disconnect"); err != nil {
		return err
	}
	out.After = r.Settle.Seconds()
	if out.PSSLeft, err = pss(r.serverPIDs()); err != nil {
		return err
	}
	if out.Left, err = kernelMemory(); err != nil {
		return err
	}
	r.out.Cleanup = out
	return nil
}

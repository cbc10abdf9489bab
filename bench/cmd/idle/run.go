package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/proc"
)

type options struct {
	addr, path, channel string
	pid, n              int
	settle              time.Duration
}

// dialers is how many connect at a time: enough to keep a server of two loops busy, few enough for its backlog.
const dialers = 8

func run(o options) error {
	if o.pid == 0 || o.n < 1 {
		return errors.New("give --pid and --n of at least 1")
	}
	d, err := newDialer(o)
	if err != nil {
		return err
	}
	h, err := newHeart()
	if err != nil {
		return err
	}
	empty, err := proc.ReadMemory(o.pid)
	if err != nil {
		return err
	}
	fmt.Printf("empty, cold      %s\n", figures(empty))
	cold := empty
	if empty, err = warmUp(d, o, empty); err != nil {
		return err
	}
	fmt.Printf("empty, warm      %s: its code has run for %d connections, which are gone\n", figures(empty), warm)
	go h.run()
	defer h.stopped.Store(true)

	began := time.Now()
	fds, err := openAll(d, h, o.n)
	defer func() {
		for _, fd := range fds {
			_ = unix.Close(fd)
		}
	}()
	if err != nil {
		return fmt.Errorf("after %d connections: %w", len(fds), err)
	}
	fmt.Printf("connected        %d in %.1f s, each subscribed to %s\n", len(fds), time.Since(began).Seconds(), o.channel)

	user0, sys0, err := proc.CPU(o.pid)
	if err != nil {
		return err
	}
	for _, after := range readings(o.settle) {
		time.Sleep(time.Until(began.Add(after)))
		m, err := proc.ReadMemory(o.pid)
		if err != nil {
			return err
		}
		per := func(now, then int64) int64 { return (now - then) / int64(o.n) }
		fmt.Printf("after %4.0f s     %s: %d B RSS, %d B PSS a connection over the warm empty server (%d B RSS over the cold one)\n",
			after.Seconds(), figures(m), per(m.RSS, empty.RSS), per(m.PSS, empty.PSS), per(m.RSS, cold.RSS))
	}
	user1, sys1, err := proc.CPU(o.pid)
	if err != nil {
		return err
	}
	used := user1 - user0 + sys1 - sys0
	fmt.Printf("meanwhile        %d pings answered, %d messages, %d connections lost, server CPU %.2f s (%.4f of a core)\n",
		h.pings.Load(), h.messages.Load(), h.lost.Load(), used.Seconds(), used.Seconds()/time.Since(began).Seconds())
	if n := h.lost.Load(); n > 0 {
		return fmt.Errorf("the server ended %d connections", n)
	}
	return nil
}

// warm is how many connections come and go before the empty server is weighed: its pages of code that serve a
// connection are in memory then, and are not charged to the connections.
const warm = 64

func warmUp(d *dialer, o options, cold proc.Memory) (proc.Memory, error) {
	buf := make([]byte, 16<<10)
	for range min(warm, o.n) {
		fd, err := d.open(buf)
		if err != nil {
			return cold, err
		}
		_ = unix.Close(fd)
	}
	time.Sleep(time.Second)
	return proc.ReadMemory(o.pid)
}

// readings are the times of the readings: when all are connected, after a round of pings, and at the end.
func readings(settle time.Duration) []time.Duration {
	var all []time.Duration
	for _, t := range []time.Duration{15 * time.Second, 45 * time.Second, 90 * time.Second} {
		if t < settle {
			all = append(all, t)
		}
	}
	return append(all, settle)
}

func figures(m proc.Memory) string {
	return fmt.Sprintf("RSS %.2f MB, PSS %.2f MB", float64(m.RSS)/1e6, float64(m.PSS)/1e6)
}

// openAll opens n connections and leaves their pings to h.
func openAll(d *dialer, h *heart, n int) ([]int, error) {
	var mu sync.Mutex
	var fds []int
	var failure error
	next := func(fd int, err error) bool {
		mu.Lock()
		defer mu.Unlock()
		if err == nil && fd >= 0 {
			fds = append(fds, fd)
			err = h.add(fd)
		}
		if err != nil {
			failure = errors.Join(failure, err)
		}
		return failure == nil
	}
	var wg sync.WaitGroup
	for i := range dialers {
		share := n / dialers
		if i < n%dialers {
			share++
		}
		wg.Go(func() {
			buf := make([]byte, 16<<10)
			for range share {
				if !next(d.open(buf)) {
					return
				}
			}
		})
	}
	wg.Wait()
	return fds, failure
}

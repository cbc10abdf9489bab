package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
	"github.com/weir-ws/weir/bench/internal/replayed"
)

func run(ctx context.Context, o *replayed.Flags) error {
	if err := o.Check(); err != nil {
		return err
	}
	channels, messages, size, err := expect(o.File)
	if err != nil {
		return err
	}
	subs := make([]*subscriber, 0, o.N)
	for range o.N {
		s, err := connect(ctx, o, channels, messages)
		if err != nil {
			return fmt.Errorf("connection %d: %w", len(subs)+1, err)
		}
		subs = append(subs, s)
	}
	stop := context.AfterFunc(ctx, func() {
		for _, s := range subs {
			_ = s.conn.Close()
		}
	})
	defer stop()

	// All but the last subscribe, and have their answers. The last one lets the replay begin, so that the server's
	// CPU time can be read just before.
	for _, s := range subs[:o.N-1] {
		if err := s.subscribe(); err != nil {
			return err
		}
	}
	for i, s := range subs[:o.N-1] {
		if err := s.receive(func() bool { return s.answers == len(channels) }, nil); err != nil {
			return fmt.Errorf("subscriber %d: %w", i+1, err)
		}
	}
	user0, sys0, err := o.CPU()
	if err != nil {
		return err
	}
	if err := subs[o.N-1].subscribe(); err != nil {
		return err
	}
	began, ended, err := receiveAll(subs)
	if err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	user1, sys1, err := o.CPU()
	if err != nil {
		return err
	}
	for i, s := range subs {
		wait := time.Millisecond
		if i == 0 {
			wait = 300 * time.Millisecond
		}
		if err := s.quiet(wait); err != nil {
			return fmt.Errorf("subscriber %d: %w", i+1, err)
		}
		_ = s.conn.Close()
	}
	total := messages * o.N
	took := ended.Sub(began)
	fmt.Printf("deliveries       %d (%d messages in %d channels to %d subscribers), each once, in order, byte for byte\n",
		total, messages, len(channels), o.N)
	fmt.Printf("time             %.2f s, %.0f deliveries/s, %.0f MB/s\n", took.Seconds(), float64(total)/took.Seconds(),
		float64(size)*float64(o.N)/took.Seconds()/1e6)
	if o.PID != 0 {
		fmt.Printf("server CPU       %.2f s (user %.2f, system %.2f), %.3f us a delivery\n", (user1 - user0 + sys1 - sys0).Seconds(),
			(user1 - user0).Seconds(), (sys1 - sys0).Seconds(), (user1-user0+sys1-sys0).Seconds()*1e6/float64(total))
		if m, err := proc.ReadMemory(o.PID); err == nil {
			fmt.Printf("server memory    %.1f MB RSS\n", float64(m.RSS)/1e6)
		}
	}
	if u, s, err := proc.CPU(os.Getpid()); err == nil {
		fmt.Printf("client CPU       %.2f s\n", (u + s).Seconds())
	}
	return nil
}

// receiveAll runs all subscribers to their end and times from the first message to the last.
func receiveAll(subs []*subscriber) (began, ended time.Time, err error) {
	var once sync.Once
	var wg sync.WaitGroup
	errs := make([]error, len(subs))
	for i, s := range subs {
		wg.Go(func() {
			err := s.receive(func() bool { return s.left == 0 }, func() { once.Do(func() { began = time.Now() }) })
			if err != nil {
				errs[i] = fmt.Errorf("subscriber %d: %w", i+1, err)
			}
		})
	}
	wg.Wait()
	ended = time.Now()
	n := 0
	for _, e := range errs {
		if e != nil {
			if n++; n <= 3 {
				err = errors.Join(err, e)
			}
		}
	}
	if n > 3 {
		err = errors.Join(err, fmt.Errorf("and %d more", n-3))
	}
	return began, ended, err
}

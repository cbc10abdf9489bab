package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// class is readers of one kind, which one thread reads for.
type class struct {
	name    string
	readers []*reader
	read    func(ctx context.Context, all []*reader, in *span) error
}

func run(o options) error {
	runtime.GOMAXPROCS(8) // the kernel divides the processors, not this runtime: each thread must get its turn
	p, err := newPublisher(&o)
	if err != nil {
		return err
	}
	classes, err := openAll(&o, p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), o.warm+o.measure+o.patience, fmt.Errorf("not all is accounted for %v after the last update", o.patience))
	defer cancel()
	all, ctx := errgroup.WithContext(ctx)
	watching, seen := context.WithCancel(ctx)
	var in span
	for _, c := range classes {
		all.Go(func() error {
			if err := c.read(ctx, c.readers, &in); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			return nil
		})
	}
	f := figures{o: &o, p: p, classes: classes}
	var watcher errgroup.Group
	for _, w := range []struct {
		pid int
		to  *[]sample
	}{{o.pid, &f.server}, {os.Getpid(), &f.load}} {
		watcher.Go(func() (err error) {
			*w.to, err = watch(watching, w.pid)
			return err
		})
	}
	all.Go(func() error {
		return p.run(ctx, func(began time.Time) {
			f.from, f.to = began.Add(o.warm), began.Add(o.warm+o.measure)
			in.to.Store(f.to.UnixNano())
			in.from.Store(f.from.UnixNano())
		})
	})
	err = all.Wait()
	seen()
	if err := errors.Join(err, watcher.Wait()); err != nil {
		return err
	}
	for _, c := range classes {
		for i, r := range c.readers {
			if err := r.account.close(); err != nil {
				return fmt.Errorf("%s reader %d: %w", c.name, i+1, err)
			}
		}
	}
	fmt.Print(f.text())
	return nil
}

// newPublisher checks the options, and decides what is published.
func newPublisher(o *options) (*publisher, error) {
	p := &publisher{o: o, streams: []*stream{{channel: "ticks", keys: o.keys}}, shares: []int{o.rate / int(time.Second/step)}}
	if o.beside == "tenth" {
		p.streams = append(p.streams, &stream{channel: "tenth", keys: o.keys})
		p.shares = append(p.shares, int(o.share*float64(p.shares[0])))
	}
	p.plan()
	switch {
	case o.pid == 0 || o.fast < 1 || o.n < 1 || o.keys < 1 || o.keys > maxKeys:
		return nil, fmt.Errorf("give --pid, at least 1 for --fast and --n, and 1 to %d for --keys", maxKeys)
	case o.share <= 0 || o.share > 1 || p.shares[len(p.shares)-1] < 1:
		return nil, errors.New("--rate and --share must come to at least 1,000 updates a second")
	case p.streams[0].total < 1 || p.streams[0].total > mostUpdates:
		return nil, fmt.Errorf("%d updates; --rate for --warm and --measure must come to 1 to %d", p.streams[0].total, mostUpdates)
	}
	return p, nil
}

// openAll connects the readers.
func openAll(o *options, p *publisher) ([]class, error) {
	to, err := wsclient.NewTarget(o.addr, o.path)
	if err != nil {
		return nil, err
	}
	fast := class{name: "fast", read: func(ctx context.Context, all []*reader, in *span) error { return prompt(ctx, all, 0, in) }}
	if fast.readers, err = openSome(to, o.fast, p.streams[0], 0); err != nil {
		return nil, err
	}
	to.ReceiveBuffer = o.buffer
	beside := class{name: o.beside, read: func(ctx context.Context, all []*reader, in *span) error { return prompt(ctx, all, o.nice, in) }}
	switch o.beside {
	case "nobody":
		return []class{fast}, nil
	case "maxhz":
		beside.readers, err = openSome(to, o.n, p.streams[0], o.share*float64(o.rate)/float64(o.keys))
	case "tenth":
		beside.readers, err = openSome(to, o.n, p.streams[1], 0)
	case "slow":
		beside.read = func(ctx context.Context, all []*reader, in *span) error {
			return paced(ctx, all, o.bytes(p.streams[0]), o.nice, in)
		}
		beside.readers, err = openSome(to, o.n, p.streams[0], 0)
	default:
		err = fmt.Errorf("--beside %s: it is nobody, maxhz, tenth or slow", o.beside)
	}
	return []class{fast, beside}, err
}

// bytes is how many a second one that is paced takes.
func (o *options) bytes(s *stream) float64 {
	const header = 4
	return o.share * float64(o.rate) * float64(header+len(s.message(s.total, time.Now())))
}

func openSome(to *wsclient.Target, n int, s *stream, maxHz float64) (all []*reader, err error) {
	buf := make([]byte, 2*wsclient.MaxHead)
	for range n {
		r, err := open(to, s, maxHz, buf)
		if err != nil {
			return nil, fmt.Errorf("after %d readers: %w", len(all), err)
		}
		all = append(all, r)
	}
	return all, nil
}

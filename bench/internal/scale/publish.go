package scale

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/weir-ws/weir/bench/internal/result"
	"github.com/weir-ws/weir/engine/enginetest"
)

// oneChannel has everybody in one channel: heap, publish, heartbeat, collector and disconnect.
func (b *bench) oneChannel() error {
	n := b.Conns
	b.Progress("the heap of a connection's parts")
	transport := transportHeap(n)
	w, err := newCrowd(n)
	if err != nil {
		return err
	}
	empty := liveHeap()
	if err := b.once(result.Measure{Name: "connect", Title: "Connect: handshake of all", Members: n, Unit: "handshake", Count: int64(n)},
		func() error { return w.connect(b.ctx, n) }); err != nil {
		return err
	}
	open := liveHeap()
	if err := b.once(result.Measure{Name: "join", Title: "Join: all into one channel", Members: n, Unit: "join", Count: int64(n)},
		func() error { return w.join(b.ctx, func(int) []string { return all }) }); err != nil {
		return err
	}
	joined := liveHeap()
	per := func(v float64) float64 { return v / float64(n) }
	b.out.Heap = result.ScaleHeap{Transport: per(transport), Engine: per(open - empty - transport), Hub: per(joined - open)}

	stop := b.Profile()
	err = b.burst(w, result.Measure{Name: "publish/1", Title: "Publish one message to all", Target: PublishTarget}, all, 1, b.Rounds)
	stop()
	if err != nil {
		return err
	}
	hundred := slices.Repeat(all, 100)
	if err := b.burst(w, result.Measure{Name: "publish/100", Title: "Publish 100 back to back to all", Target: PublishTarget}, hundred, 100, (b.Rounds+2)/3); err != nil {
		return err
	}
	b.out.Heap.Fan = per(liveHeap() - joined)
	if err := b.collected(w); err != nil {
		return err
	}
	if err := b.heartbeat(w); err != nil {
		return err
	}
	if err := b.disconnect(w); err != nil {
		return err
	}
	b.out.Heap.Left = per(liveHeap() - empty)
	runtime.KeepAlive(w)
	return nil
}

// all is the channel that everybody is in.
var all = []string{"all"}

// transportHeap is what n clients of the in-memory transport take.
func transportHeap(n int) float64 {
	cs := make([]*enginetest.Client, n)
	before := liveHeap()
	for i := range cs {
		cs[i] = new(enginetest.Client)
	}
	after := liveHeap()
	runtime.KeepAlive(cs)
	return after - before
}

// burst times publishes to the channels; each member gets perMember of the messages.
func (b *bench) burst(w *crowd, m result.Measure, channels []string, perMember, rounds int) error {
	m.Members, m.Unit, m.Count = len(w.clients), "delivery", int64(len(w.clients))*int64(perMember)
	return b.rounds(m, rounds, func() error { return w.publish(channels...) }, func() error {
		w.arrived += wireLen * uint64(perMember)
		return w.verify()
	})
}

// collected publishes while the collector marks the heap over and over beside the loop.
func (b *bench) collected(w *crowd) error {
	m := result.Measure{Name: "publish/gc", Title: "Publish one to all, collector running all the while"}
	var stop atomic.Bool
	done := make(chan struct{})
	go func() {
		defer close(done)
		for !stop.Load() {
			runtime.GC()
		}
	}()
	err := b.burst(w, m, all, 1, b.Rounds)
	stop.Store(true)
	<-done
	return err
}

// names are those of n channels.
func names(n int) []string {
	var s []string
	for i := range n {
		s = append(s, fmt.Sprintf("channel-%d", i))
	}
	return s
}

// spread has the crowd in equal parts over the channels, and publishes one message to each channel.
func (b *bench) spread() error {
	k := min(Channels, b.Conns)
	w, err := b.gathered(b.Conns, func(i int) []string { return []string{names100[i%k]} })
	if err != nil {
		return err
	}
	return b.burst(w, result.Measure{Name: "spread", Title: fmt.Sprintf("One message to each of %d channels, each member in one", k)}, names100[:k], 1, b.Rounds)
}

// inAll has a smaller crowd in every channel, and publishes one message to each channel.
func (b *bench) inAll() error {
	n := min(b.Conns, MaxInAll)
	w, err := b.gathered(n, func(int) []string { return names100 })
	if err != nil {
		return err
	}
	return b.burst(w, result.Measure{Name: "burst/channels", Title: fmt.Sprintf("One message to each of %d channels, %d members in all of them", Channels, n)},
		names100, Channels, (b.Rounds+2)/3)
}

var names100 = names(Channels)

// gathered connects and joins a new crowd, untimed.
func (b *bench) gathered(n int, names func(i int) []string) (*crowd, error) {
	b.Progress(fmt.Sprintf("%d more connections", n))
	w, err := newCrowd(n)
	if err == nil {
		err = w.connect(b.ctx, n)
	}
	if err == nil {
		err = w.join(b.ctx, names)
	}
	return w, err
}

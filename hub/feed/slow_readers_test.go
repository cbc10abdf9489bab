package feed_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// auditor reads what a client of a conflated channel gets, fast enough for millions of messages.
type auditor struct {
	*enginetest.Client
	last     uint64
	messages int
	covered  uint64
	stale    time.Duration // the oldest value that came
}

// number returns the value of a field with a number; ok is false if there is no such field.
func number(p []byte, key string) (n uint64, ok bool) {
	i := bytes.Index(p, []byte(key))
	if i < 0 {
		return 0, false
	}
	p = p[i+len(key):]
	n, err := strconv.ParseUint(string(p[:bytes.IndexAny(p, ",}")]), 10, 64)
	return n, err == nil
}

func (a *auditor) read(t *testing.T, now time.Duration) {
	t.Helper()
	for _, f := range a.Frames() {
		if f.Op != frame.OpText || !bytes.HasPrefix(f.Payload, []byte(`{"type":"message"`)) {
			continue
		}
		seq, _ := number(f.Payload, `"seq":`)
		from, ranged := number(f.Payload, `"from":`)
		if !ranged {
			from = seq
		}
		if from != a.last+1 || seq < from || bytes.Contains(f.Payload, []byte(`"dropped"`)) {
			t.Fatalf("behind %d comes %s", a.last, f.Payload)
		}
		ts, _ := number(f.Payload, `"ts":`)
		a.stale = max(a.stale, now-time.Duration(ts))
		a.last = seq
		a.messages++
		a.covered += seq - from
	}
}

// A conflated channel of 1,000 keys with 100,000 updates a second, and 500 readers that take a tenth of the bytes they would need: memory
// stays where it is, every account closes, and no value is older than two rounds of all keys and what the buffers hold. The clock is
// that of the simulation, so the figures are the same everywhere.
func TestManySlowReaders(t *testing.T) {
	const (
		keys, readers, updates = 1000, 500, 100_000 // a second
		step                   = 4 * time.Millisecond
		size                   = 155 // bytes of a message, about
	)
	span := 600 * time.Millisecond
	if testing.Short() {
		span = 200 * time.Millisecond
	}
	m := withPolicies(t)
	var slow []*auditor
	for range readers {
		c := m.dial()
		together(c, `{"type":"subscribe","channel":"ticks"}`)
		slow = append(slow, &auditor{Client: c})
	}
	fast := &auditor{Client: m.dial()}
	together(fast.Client, `{"type":"subscribe","channel":"ticks"}`)
	m.Settle()
	for _, a := range slow {
		a.Frames()
		a.SetCapacity(0)
	}
	fast.Frames()
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("SYM%dUSDT", i)
	}
	published, heap := uint64(0), []uint64{}
	begin := time.Now()
	for m.Now() < span {
		for range updates * step / time.Second {
			p := hub.Payload{Op: frame.OpText, Key: names[published*7919%keys], Time: int64(m.Now()), Data: []byte(`{"p":"61230.10","q":"0.00400","P":"61230.20","Q":"1.25000"}`)}
			if _, err := m.hub.Publish(t.Context(), "ticks", p); err != nil {
				t.Fatal(err)
			}
			published++
		}
		m.Settle()
		m.Advance(step)
		for _, a := range slow {
			a.read(t, m.Now())
			a.SetCapacity(int(updates * size / 10 * step / time.Second))
		}
		fast.read(t, m.Now())
		if int(m.Now()/step)%25 == 0 {
			var ms runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&ms)
			heap = append(heap, ms.HeapAlloc)
			if st := m.feed.Stats().Holding; st.Messages > 8*keys || st.Rounds > readers*keys || st.Slow > readers || st.Slow < readers/2 {
				t.Fatalf("at %v: %+v", m.Now(), st)
			}
		}
	}
	took := time.Since(begin)
	if fast.last != published || fast.covered != 0 {
		t.Errorf("the fast reader has %d of %d, and %d are covered", fast.last, published, fast.covered)
	}
	var stale time.Duration
	var got int
	for _, a := range slow {
		stale, got = max(stale, a.stale), got+a.messages
		if share := float64(a.messages) / float64(published); share > 0.25 {
			t.Errorf("a slow reader got %.0f %% of the messages: it is not slow", 100*share)
		}
	}
	if stale > 500*time.Millisecond {
		t.Errorf("a value was %v old when it came", stale)
	}
	if first, last := heap[0], heap[len(heap)-1]; last > first+first/2 {
		t.Errorf("the heap grew from %d to %d KB: %v", first>>10, last>>10, heap)
	}
	for _, a := range slow {
		a.SetCapacity(-1)
	}
	m.Advance(time.Second)
	for i, a := range slow {
		if a.read(t, 0); a.last != published {
			t.Fatalf("reader %d accounts for %d of %d", i, a.last, published)
		}
	}
	if n := feed.Slow(m.feed); n != 0 {
		t.Errorf("%d loops hold something for nobody", n)
	}
	t.Logf("%v of %d updates/s to %d slow readers took %.1f s; each got %.1f %% of the messages, the oldest value %v old; heap %d to %d KB (%d looks)",
		span, updates, readers, took.Seconds(), 100*float64(got)/readers/float64(published), stale, heap[0]>>10, heap[len(heap)-1]>>10, len(heap))
}

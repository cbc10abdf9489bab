package hub

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Histogram is how often values of which size occurred. It is a copy and does not change.
type Histogram struct {
	Bounds []float64 // the upper bounds of the buckets, which belong to them, in order; shared, not to be changed
	Counts []uint64  // by bucket, not added up; one more than Bounds: what is above all of them
	Sum    float64   // of all values
}

// Count returns the number of values.
func (h Histogram) Count() (n uint64) {
	for _, c := range h.Counts {
		n += c
	}
	return n
}

// fanOuts counts numbers of receivers: 0, 1, and powers of four to a million. A publish pays two atomic adds to its own part
// of the table.
type fanOuts struct {
	counts [len(fanOutBounds) + 1]atomic.Uint64
	sum    atomic.Uint64
}

var fanOutBounds = [...]float64{0, 1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576}

// fanOutBucket is 0 for 0, and 1 + the least k with n <= 4^k for others.
func fanOutBucket(n int32) int {
	if n <= 0 {
		return 0
	}
	return min(1+(bits.Len32(uint32(n-1))+1)/2, len(fanOutBounds))
}

func (f *fanOuts) note(n int32) {
	f.counts[fanOutBucket(n)].Add(1)
	if n > 0 {
		f.sum.Add(uint64(n))
	}
}

func (f *fanOuts) add(o *fanOuts) {
	for i := range f.counts {
		f.counts[i].Add(o.counts[i].Load())
	}
	f.sum.Add(o.sum.Load())
}

func (f *fanOuts) histogram() Histogram {
	h := Histogram{Bounds: fanOutBounds[:], Counts: make([]uint64, len(f.counts)), Sum: float64(f.sum.Load())}
	for i := range f.counts {
		h.Counts[i] = f.counts[i].Load()
	}
	return h
}

// turnTimes counts how long turns took. One loop writes.
type turnTimes struct {
	counts [len(turnBounds) + 1]atomic.Uint64
	sum    atomic.Int64 // ns
}

var turnBounds = [...]float64{1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1}

func (t *turnTimes) note(d time.Duration) {
	i, s := 0, d.Seconds()
	for i < len(turnBounds) && s > turnBounds[i] {
		i++
	}
	t.counts[i].Add(1)
	t.sum.Add(int64(d))
}

func (t *turnTimes) add(o *turnTimes) {
	for i := range t.counts {
		t.counts[i].Add(o.counts[i].Load())
	}
	t.sum.Add(o.sum.Load())
}

func (t *turnTimes) histogram() Histogram {
	h := Histogram{Bounds: turnBounds[:], Counts: make([]uint64, len(t.counts)), Sum: time.Duration(t.sum.Load()).Seconds()}
	for i := range t.counts {
		h.Counts[i] = t.counts[i].Load()
	}
	return h
}

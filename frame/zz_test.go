package frame_test

import (
	"runtime"
	"testing"
	"fmt"
	"time"

	"github.com/weir-ws/weir/frame"
)

type bw struct{ b []byte; nb uint; acc uint64 }
func (w *bw) put(v uint64, n uint) { w.acc |= v << w.nb; w.nb += n; for w.nb >= 8 { w.b = append(w.b, byte(w.acc)); w.acc >>= 8; w.nb -= 8 } }

// smallest dynamic blocks: only EOB.
func emptyDynamic(n int) []byte {
	w := &bw{}
	order := []int{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	for len(w.b) < n {
		w.put(0, 1); w.put(2, 2)
		w.put(0, 5); w.put(0, 5) // 257 literals, 1 distance
		// code lengths: need symbols 18 (zeros) and 1 (len 1). canonical codes: two symbols with len 1: sym1 -> 0, sym18 -> 1
		w.put(14, 4) // HCLEN 18
		for i := 0; i < 18; i++ {
			l := uint64(0)
			if order[i] == 18 || order[i] == 1 { l = 1 }
			w.put(l, 3)
		}
		w.put(1, 1); w.put(127, 7) // 138 zeros
		w.put(1, 1); w.put(118-11, 7) // 118 zeros -> 256
		w.put(0, 1) // EOB len 1
		w.put(0, 1) // dist len 1
		w.put(0, 1) // EOB
	}
	for w.nb%8 != 0 { w.put(0, 1) }
	return w.b
}

func TestZZ(t *testing.T) {
	p := emptyDynamic(16 << 10)
	var z frame.Inflater
	for range 3 {
		t0 := time.Now()
		z.Start(frame.OpBinary, p, nil, frame.InflateLimits{})
		_, err := z.Step(1 << 30)
		fmt.Println("16K of empty dynamic", time.Since(t0), err)
	}
	fin := []byte{}
	for len(fin) < 16<<10 { fin = append(fin, 3, 0) }
	win := mixed(32<<10, 1)
	for range 3 {
		t0 := time.Now()
		z.Start(frame.OpBinary, fin, win, frame.InflateLimits{})
		n := 0
		for { n++; done, err := z.Step(1 << 18); if done || err != nil { break } }
		fmt.Println("16K of final fixed", time.Since(t0), n)
	}
	big := jsonish(1<<20)
	for lvl := 1; lvl <= 9; lvl++ {
		var m0, m1 runtime.MemStats
		runtime.GC(); runtime.ReadMemStats(&m0)
		d := frame.NewDeflater(lvl)
		d.Append(nil, []byte("x"), nil, 15)
		runtime.ReadMemStats(&m1)
		t0 := time.Now()
		out := d.Append(nil, big, nil, 15)
		t1 := time.Since(t0)
		t0 = time.Now()
		small := d.Append(nil, big[:2000], nil, 15)
		for range 100 { d.Append(small[:0], big[:2000], nil, 15) }
		t2 := time.Since(t0)/101
		t0 = time.Now()
		s2 := len(d.Append(nil, big[40000:42000], big[:32<<10], 15))
		for range 100 { d.Append(small[:0], big[40000:42000], big[:32<<10], 15) }
		t3 := time.Since(t0)/101
		fmt.Printf("level %d: %d KB, 1 MiB in %v -> %d; 2000 in %v -> %d; with window %v -> %d\n", lvl, (m1.TotalAlloc-m0.TotalAlloc)>>10, t1, len(out), t2, len(small), t3, s2)
	}
	d := frame.NewDeflater(1)
	out := d.Append(nil, big, nil, 15)
	for range 3 {
	t0 := time.Now()
	z.Start(frame.OpText, out, nil, frame.InflateLimits{}); z.Step(1<<30)
	fmt.Println("inflate 1MiB", time.Since(t0), len(z.Message())) }
	var m0, m1 runtime.MemStats
	runtime.GC(); runtime.ReadMemStats(&m0)
	d.Append(nil, big, nil, 9)
	runtime.ReadMemStats(&m1)
	fmt.Println("small window writer KB", (m1.TotalAlloc-m0.TotalAlloc)>>10)
}
func jsonish(n int) []byte {
	b := make([]byte, 0, n+100)
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, `{"symbol":"BTCUSDT","price":"%d.%02d","qty":"0.%04d","maker":%t},`, 60000+i*7919%1000, i*31%100, i*i*17%10000, i%3 == 0)
	}
	return b[:n]
}

package main

import (
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	began := time.Unix(1000, 0)
	var all []sample
	for i := range 16 {
		all = append(all, sample{began.Add(time.Duration(i) * time.Second), int64(100 + i), time.Duration(i) * time.Second / 2})
	}
	all[9].rss = 500
	if first, last, most := growth(all); first != 101 || last != 113 || most != 500 {
		t.Errorf("growth: %d, %d, %d", first, last, most)
	}
	part := within(all, began.Add(2*time.Second), began.Add(5*time.Second))
	if len(part) != 4 || part[0].rss != 102 || cores(part) != 0.5 {
		t.Errorf("%d samples from %d on, %v cores", len(part), part[0].rss, cores(part))
	}
	if first, _, _ := growth(nil); first != 0 || cores(nil) != 0 {
		t.Error("of nothing there is something")
	}
	if got := course(all, began); got != "0 0 0 0 0 0 0 0 every 2 s" {
		t.Errorf("course: %q", got)
	}
}

func TestPlan(t *testing.T) {
	o := options{pid: 1, rate: 100_000, keys: 1000, n: 1, fast: 1, share: 0.1, beside: "tenth", warm: time.Second, measure: 2005 * time.Millisecond}
	p, err := newPublisher(&o)
	if err != nil || p.streams[0].total != 300_000 || p.streams[1].total != 30_000 {
		t.Errorf("%+v, %v", p, err)
	}
	o.measure = time.Hour
	if _, err := newPublisher(&o); err == nil {
		t.Error("more updates than there are numbers")
	}
}

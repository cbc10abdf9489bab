package run

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestLatency(t *testing.T) {
	h := hdrhistogram.New(1, 1e11, 3)
	if latency(nil) != nil || latency(h) != nil {
		t.Error("nothing has a latency")
	}
	for v := int64(1); v <= 10000; v++ {
		_ = h.RecordValue(v * 1000)
	}
	l := latency(h)
	for _, c := range []struct {
		name      string
		got, want int64
	}{{"p50", l.P50, 5e6}, {"p90", l.P90, 9e6}, {"p99", l.P99, 99e5}, {"p99.9", l.P999, 999e4}, {"max", l.Max, 1e7}} {
		if d := c.got - c.want; d < -c.want/500 || d > c.want/500 {
			t.Errorf("%s is %d, want %d to the histogram's precision", c.name, c.got, c.want)
		}
	}
	if first, last := l.Curve[0], l.Curve[len(l.Curve)-1]; first[0] != 0 || last[0] != 1 || int64(last[1]) != l.Max {
		t.Errorf("the curve goes from %v to %v", first, last)
	}
	for i := 1; i < len(l.Curve); i++ {
		if a, b := l.Curve[i-1], l.Curve[i]; b[0] <= a[0] || b[1] < a[1] {
			t.Errorf("the curve falls from %v to %v", a, b)
		}
	}
}

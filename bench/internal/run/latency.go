package run

import (
	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/weir-ws/weir/bench/internal/result"
)

// latency is a histogram of nanoseconds as a record; nil without a value in it.
func latency(h *hdrhistogram.Histogram) *result.Latency {
	if h == nil || h.TotalCount() == 0 {
		return nil
	}
	at := func(quantile float64) int64 { return h.ValueAtQuantile(100 * quantile) }
	l := &result.Latency{P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: h.Max()}
	for _, q := range curve {
		l.Curve = append(l.Curve, [2]float64{q, float64(at(q))})
	}
	return l
}

// curve holds the quantiles that a chart is drawn from: denser towards the tail, as its axis is.
var curve = func() []float64 {
	var all []float64
	rest := 1.0 // of the distribution
	for rest > 1e-4 {
		for i := range 5 {
			all = append(all, 1-rest*(1-float64(i)/10))
		}
		rest /= 2
	}
	return append(all, 1)
}()

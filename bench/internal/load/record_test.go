package load

import (
	"testing"
	"time"
)

func TestTheRecorderCountsTheWindowOnly(t *testing.T) {
	var e ends
	r := newRecorder(e.window(), 10)
	r.count(5, 1) // before
	r.begin(func() int64 { return 100 })
	r.count(7, 2)
	r.moment(112)
	r.count(9, 1)
	r.count(int64(time.Hour), 1) // more than the histogram holds
	r.end(119)
	r.count(11, 1) // after
	got := r.report(500, 3)
	e.check(t)
	if got.Messages != 4 || got.Latency.TotalCount() != 4 || got.Elapsed != 19 || got.Connect != 3 {
		t.Errorf("%d messages, %d latencies, %v, %v", got.Messages, got.Latency.TotalCount(), got.Elapsed, got.Connect)
	}
	if len(got.Timeline) != 2 || got.Timeline[0] != (Moment{At: 12, P99: 7, Delivered: 2}) || got.Timeline[1].At != 19 || got.Timeline[1].Delivered != 2 {
		t.Errorf("%v", got.Timeline)
	}
	if got.Latency.Max() < maxLatency*99/100 {
		t.Errorf("max %v", time.Duration(got.Latency.Max()))
	}
}

func TestAReportWithoutAWindow(t *testing.T) {
	var e ends
	if got := newRecorder(e.window(), 10).report(500, 0); got.Messages != 0 || got.Elapsed != 0 || got.Latency == nil || e.ended != 0 {
		t.Errorf("%+v", got)
	}
}

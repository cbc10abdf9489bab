package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxLatency is where the histograms end; what takes longer counts as this long.
const maxLatency = int64(2 * time.Minute)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, maxLatency, 3) }

// recorder keeps the figures of the window, and tells the caller of its ends.
type recorder struct {
	window   Window
	every    int64 // ns between moments; 0: no timeline
	total    *hdrhistogram.Histogram
	interval *hdrhistogram.Histogram // since the last moment; merged into total there
	moments  []Moment
	messages int64
	since    int64 // messages up to the last moment
	begun    int64 // CLOCK_MONOTONIC ns
	ended    int64
	next     int64 // when the next moment is
	active   bool
}

func newRecorder(w Window, every int64) *recorder {
	return &recorder{window: w, every: every, total: newHistogram(), interval: newHistogram(), next: never}
}

// begin starts the window; clock is asked once the caller's part is done.
func (r *recorder) begin(clock func() int64) {
	if r.window.Begin != nil {
		r.window.Begin()
	}
	r.active, r.begun = true, clock()
	if r.every > 0 {
		r.next = r.begun + r.every
	}
}

// end closes the window if it is open.
func (r *recorder) end(now int64) {
	if !r.active {
		return
	}
	r.moment(now)
	r.active, r.ended, r.next = false, now, never
	if r.window.End != nil {
		r.window.End()
	}
}

// count is messages that came in the window, latency what each of them took.
func (r *recorder) count(latency, n int64) {
	if r.active {
		r.messages += n
		r.note(latency, n)
	}
}

func (r *recorder) note(latency, n int64) {
	_ = r.interval.RecordValues(min(max(latency, 0), maxLatency), n)
}

// moment closes an interval of the timeline.
func (r *recorder) moment(now int64) {
	if r.every > 0 && now > r.begun {
		r.moments = append(r.moments, Moment{At: time.Duration(now - r.begun), P99: r.interval.ValueAtQuantile(99), Delivered: r.messages - r.since})
		r.since = r.messages
		for r.next <= now {
			r.next += r.every
		}
	}
	r.total.Merge(r.interval)
	r.interval.Reset()
}

// report is what there is so far. It ends the window if it is still open.
func (r *recorder) report(now int64, connect time.Duration) Report {
	r.end(now)
	r.total.Merge(r.interval) // what came after the end but had been due before
	r.interval.Reset()
	return Report{Messages: r.messages, Elapsed: time.Duration(r.ended - r.begun), Connect: connect, Latency: r.total, Timeline: r.moments}
}

package load

import (
	"context"
	"fmt"
)

// Storm runs the plan. It blocks; cancelling ctx ends it at once with what was measured and ctx's error.
// The latencies are those of the handshakes, from the SYN to the verified answer.
func Storm(ctx context.Context, p StormPlan, w Window) (Report, error) {
	if p.Concurrent < 1 || p.Measure <= 0 {
		return Report{Latency: newHistogram()}, fmt.Errorf("a storm plan needs handshakes and a time: %+v", p)
	}
	if p.Path == "" {
		p.Path = "/echo"
	}
	l, err := newLoop(ctx, p.Patience, 0)
	if err != nil {
		return Report{Latency: newHistogram()}, err
	}
	defer l.close()
	rec := newRecorder(w, 0)
	err = storm(l, p, rec)
	r := rec.report(l.clock(), 0)
	r.Handshakes, r.Messages = r.Messages, 0
	return r, err
}

func storm(l *loop, p StormPlan, rec *recorder) error {
	d, err := newDialer(l, p.Addr, p.Path, p.Concurrent)
	if err != nil {
		return err
	}
	defer d.close()
	l.outstanding = func() (string, int64, int) { return "waiting for handshakes", 0, d.busy() }
	d.opened = func(_, fd int, _ []byte) error {
		rec.count(d.took, 1)
		reset(fd)
		return d.start(d.started)
	}
	for range p.Concurrent {
		if err := d.start(d.started); err != nil {
			return err
		}
	}
	warm := l.clock() + int64(p.Warm)
	for l.now < warm {
		if err := l.turn(warm); err != nil {
			return err
		}
	}
	rec.begin(l.clock)
	for end := l.now + int64(p.Measure); l.now < end; {
		if err := l.turn(end); err != nil {
			return err
		}
	}
	return nil
}

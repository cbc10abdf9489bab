package main

import (
	"strings"
	"testing"
	"time"
)

func TestTally(t *testing.T) {
	d := &day{channels: []*channel{{name: "a"}, {name: "b"}}, messages: 10}
	r, s := &reader{kind: cutOff, tally: newTally(2)}, &reader{tally: newTally(2)}
	r.deliveries, r.conflated, r.ranges, r.dropped, r.missed = 4, 3, 2, 1, 2
	r.channels[1] = resumed{resumes: 3, recovered: 2, lost: 1, states: 5}
	r.ends["reset"] = 2
	r.late = []time.Duration{3 * time.Millisecond, time.Millisecond}
	s.deliveries = 10
	s.ends["reset"] = 1
	sum := newTally(2)
	sum.add(&r.tally)
	sum.add(&s.tally)
	var out strings.Builder
	if err := sum.report(&out, d, []*reader{r, s}, 2*time.Second); err != nil {
		t.Error(err)
	}
	const want = `deliveries       14 of 10 messages in 2 channels to 2 subscribers in 2.00 s, 7/s
account          and 3 conflated into 2 ranges, 1 dropped, 2 missed by readers that were away and not recovered
resumes          a: 0, of which 0 recovered and 0 not; these got 0 states
resumes          b: 3, of which 2 recovered and 1 not; these got 5 states
connections      3 reset
staleness        cut off  p50 1ms, p99 1ms, p99.9 1ms, max 3ms behind whoever got the message first
`
	if out.String() != want {
		t.Errorf("%s\nwant\n%s", out.String(), want)
	}
	sum.deliveries--
	if err := sum.report(&out, d, []*reader{r, s}, time.Second); err == nil || !strings.Contains(err.Error(), "19 numbers of 20") {
		t.Error("one is missing:", err)
	}
}

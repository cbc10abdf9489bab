package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// figures is what a run has found.
type figures struct {
	o            *options
	p            *publisher
	classes      []class
	from, to     time.Time
	server, load []sample
}

func (f *figures) text() string {
	var s strings.Builder
	p := f.p
	var total uint64
	for _, x := range p.streams {
		total += x.total
	}
	fmt.Fprintf(&s, "published        %d updates of %d keys in %.2f s, %.0f/s; written at most %v late\n",
		total, f.o.keys, p.took.Seconds(), float64(total)/p.took.Seconds(), p.late.Round(10*time.Microsecond))
	for _, c := range f.classes {
		f.class(&s, &c)
	}
	in := within(f.server, f.from, f.to)
	first, last, most := growth(in)
	fmt.Fprintf(&s, "server           %.2f cores; RSS %.1f MB in the first quarter, %.1f in the last, %.1f at most (%s)\n",
		cores(in), mb(first), mb(last), mb(most), course(f.server, p.began))
	fmt.Fprintf(&s, "load             %.2f cores\n", cores(within(f.load, f.from, f.to)))
	s.WriteString("result           all accounts close, every reader has the last value of every key\n")
	return s.String()
}

func (f *figures) class(s *strings.Builder, c *class) {
	ages := hdrhistogram.New(1, 60e6, 2)
	var messages, bytes, delivered, conflated uint64
	var p99, longest []time.Duration
	for _, r := range c.readers {
		ages.Merge(r.ages)
		messages, bytes = messages+r.counted, bytes+r.bytes
		delivered, conflated = delivered+r.account.delivered, conflated+r.account.conflated
		p99, longest = append(p99, at(r.ages, 99)), append(longest, at(r.ages, 100))
	}
	seconds := f.o.measure.Seconds()
	fmt.Fprintf(s, "%-16s %d readers, each %.0f messages and %.2f MB a second; %.2f updates a message\n", c.name, len(c.readers),
		float64(messages)/seconds/float64(len(c.readers)), float64(bytes)/seconds/float64(len(c.readers))/1e6, float64(delivered+conflated)/float64(delivered))
	fmt.Fprintf(s, "                 staleness p50 %v, p99 %v, p99.9 %v, max %v; by reader p99 %v to %v, max %v to %v\n",
		at(ages, 50), at(ages, 99), at(ages, 99.9), at(ages, 100), slices.Min(p99), slices.Max(p99), slices.Min(longest), slices.Max(longest))
}

func at(h *hdrhistogram.Histogram, q float64) time.Duration {
	return time.Duration(h.ValueAtQuantile(q)) * time.Microsecond
}

func mb(bytes int64) float64 { return float64(bytes) / 1e6 }

// course is the memory every two seconds, from the beginning on.
func course(all []sample, began time.Time) string {
	var parts []string
	next := began
	for _, s := range all {
		if !s.at.Before(next) {
			parts = append(parts, fmt.Sprintf("%.0f", mb(s.rss)))
			next = next.Add(2 * time.Second)
		}
	}
	return strings.Join(parts, " ") + " every 2 s"
}

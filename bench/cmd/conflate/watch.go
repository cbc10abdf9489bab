package main

import (
	"context"
	"slices"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

// sampleEvery is the time between two readings of the server's memory.
const sampleEvery = 250 * time.Millisecond

// sample is the server at a time.
type sample struct {
	at  time.Time
	rss int64         // bytes
	cpu time.Duration // since it began
}

// watch samples the process until ctx ends.
func watch(ctx context.Context, pid int) (all []sample, err error) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		s := sample{at: time.Now()}
		if s.rss, err = proc.RSS([]int{pid}); err != nil {
			return all, err
		}
		if s.cpu, err = proc.CPUTime(pid); err != nil {
			return all, err
		}
		all = append(all, s)
		select {
		case <-ctx.Done():
			return all, nil
		case <-tick.C:
		}
	}
}

// within returns the samples of a time.
func within(all []sample, from, to time.Time) []sample {
	return slices.DeleteFunc(slices.Clone(all), func(s sample) bool { return s.at.Before(from) || s.at.After(to) })
}

// growth returns the mean of the memory in the first and in the last quarter, and the most: it is flat if they are the same.
func growth(all []sample) (first, last, most int64) {
	if len(all) == 0 {
		return 0, 0, 0
	}
	n := max(1, len(all)/4)
	mean := func(part []sample) (sum int64) {
		for _, s := range part {
			sum += s.rss
		}
		return sum / int64(len(part))
	}
	for _, s := range all {
		most = max(most, s.rss)
	}
	return mean(all[:n]), mean(all[len(all)-n:]), most
}

// cores returns the mean use of processors.
func cores(all []sample) float64 {
	if len(all) < 2 {
		return 0
	}
	a, b := all[0], all[len(all)-1]
	return (b.cpu - a.cpu).Seconds() / b.at.Sub(a.at).Seconds()
}

package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

// span is from when all have subscribed to when all have everything.
type span struct {
	o                  *options
	openedBy, closedBy atomic.Int64 // so many readers
	from, to           moment
}

// moment is a time, and what had been used of CPU time by then. What cannot be read counts as nothing.
type moment struct {
	at              time.Time
	server, readers time.Duration
}

func (s *span) opened() {
	if s.openedBy.Add(1) == int64(s.o.N) {
		s.from = s.now()
	}
}

func (s *span) closed() {
	if s.closedBy.Add(1) == int64(s.o.N) {
		s.to = s.now()
	}
}

func (s *span) now() moment {
	user, system, _ := s.o.CPU()
	own, ownSystem, _ := proc.CPU(os.Getpid())
	return moment{time.Now(), user + system, own + ownSystem}
}

func (s *span) took() time.Duration { return s.to.at.Sub(s.from.at) }

func (s *span) report(out io.Writer, deliveries uint64, rss int64) {
	if s.o.PID != 0 {
		used := (s.to.server - s.from.server).Seconds()
		fmt.Fprintf(out, "server           CPU %.2f s, %.3f us a delivery; RSS at most %.1f MB\n", used, used*1e6/float64(deliveries), float64(rss)/1e6)
	}
	fmt.Fprintf(out, "readers          CPU %.2f s\n", (s.to.readers - s.from.readers).Seconds())
}

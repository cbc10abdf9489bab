package main

import (
	"flag"
	"io"
	"strings"
	"testing"
	"time"
)

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		args, err string // "": none
	}{
		{"--replay f", ""},
		{"--replay f --stalled 0.5 --cut 0.5 --spread 0 --stalls 0", ""},
		{"", "--replay"},
		{"--replay f --stalled 0.6 --cut 0.5", "--stalled"},
		{"--replay f --cut -0.1", "--cut"},
		{"--replay f --spread 2", "--spread"},
		{"--replay f --stall -1s", "--stall"},
		{"--replay f --n 0", "--n"},
	} {
		fs := flag.NewFlagSet("marketday", flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		o := define(fs)
		err := fs.Parse(strings.Fields(c.args))
		if err == nil {
			err = o.check()
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%q: %v, want %q", c.args, err, c.err)
		}
	}
}

func TestNewReader(t *testing.T) {
	o := define(flag.NewFlagSet("marketday", flag.ContinueOnError))
	o.N = 100
	d := &day{channels: []*channel{{}, {}}}
	var n [kinds]int
	books := 0
	for i := range o.N {
		r, again := newReader(o, d, i), newReader(o, d, i)
		n[r.kind]++
		if r.keeps {
			books++
		}
		if want := [kinds]int{0, o.stalls, o.cuts}[r.kind]; len(r.points) != want || len(r.at) != 2 {
			t.Errorf("reader %d (%s) is disturbed at %v", i, kindNames[r.kind], r.points)
		}
		for k, p := range r.points {
			if p != again.points[k] || p < float64(k)/float64(len(r.points)) || p > float64(k+1)/float64(len(r.points)) {
				t.Errorf("reader %d: %v, and again %v", i, r.points, again.points)
			}
		}
	}
	if n != [kinds]int{90, 5, 5} || books != 10+9 {
		t.Errorf("%v of the kinds, %d keep books", n, books)
	}
	o.spread = 0
	if a, b := newReader(o, d, 0), newReader(o, d, 1); a.points[1] != b.points[1] || o.stall != 3*time.Second {
		t.Errorf("without spread %v and %v", a.points, b.points)
	}
}

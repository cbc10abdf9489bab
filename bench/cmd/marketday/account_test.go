package main

import (
	"flag"
	"strings"
	"testing"
)

func TestSubscribed(t *testing.T) {
	d, err := readDay(record(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	const answer = `{"type":"subscribed","channel":"btc@bookTicker","policy":"conflate",`
	for _, c := range []struct {
		name         string
		last         uint64 // known up to here; 0: never subscribed
		joinsLate    bool
		says         string
		missed       uint64
		lost, states int
		err          string
	}{
		{"new", 0, false, `"epoch":"e","seq":0}`, 0, 0, 0, ""},
		{"new to a server that is not", 0, false, `"epoch":"e","seq":4}`, 0, 0, 0, "start a fresh server"},
		{"new after a lost answer", 0, true, `"epoch":"e","seq":4,"snapshot":1}`, 4, 0, 1, ""},
		{"recovered", 4, false, `"epoch":"e","seq":4,"recovered":true}`, 0, 0, 0, ""},
		{"recovered elsewhere", 4, false, `"epoch":"e","seq":5,"recovered":true}`, 0, 0, 0, "at 4"},
		{"recovered, and a state", 4, false, `"epoch":"e","seq":4,"snapshot":1,"recovered":true}`, 0, 0, 0, "at 4"},
		{"not recovered", 4, false, `"epoch":"e","seq":9,"snapshot":1,"recovered":false}`, 5, 1, 1, ""},
		{"not recovered, and back in time", 4, false, `"epoch":"e","seq":3,"recovered":false}`, 0, 0, 0, "at 4"},
		{"another epoch", 4, false, `"epoch":"f","seq":4,"recovered":false}`, 0, 0, 0, "at 4 of epoch e"},
		{"since is not answered", 4, false, `"epoch":"e","seq":4}`, 0, 0, 0, "at 4"},
	} {
		r := newReader(define(flag.NewFlagSet("marketday", flag.ContinueOnError)), d, 0)
		r.answers, r.joinsLate = 3, c.joinsLate
		at := r.at[2]
		if at.last = c.last; c.last > 0 {
			at.epoch, at.known = "e", true
		}
		err := r.odd([]byte(answer + c.says))
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %q", c.name, err, c.err)
			}
			continue
		}
		if err != nil || r.missed != c.missed || r.channels[2].lost != c.lost || r.shows != c.states || r.answers != 2 || !at.in {
			t.Errorf("%s: %v, %d missed, %+v, %d states to come", c.name, err, r.missed, r.channels[2], r.shows)
		}
		if err := r.odd([]byte(answer + c.says)); err == nil || !strings.Contains(err.Error(), "twice") {
			t.Errorf("%s, and again: %v", c.name, err)
		}
	}
}

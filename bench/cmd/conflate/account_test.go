package main

import (
	"strings"
	"testing"
)

func sent(s *stream, from, seq uint64) message {
	return message{seq: seq, from: from, key: keyOf(seq, s.keys), value: firstValue + seq}
}

func TestAccount(t *testing.T) {
	s := &stream{channel: "ticks", keys: 3, total: 9} // keys are 1, 2, 0, 1, ... times 7919 mod 3, which is 2
	for _, c := range []struct {
		name string
		in   []message
		err  string // of the last of them; "": none
		end  string // what is missing at the end
	}{
		{"all", []message{sent(s, 1, 1), sent(s, 2, 2), sent(s, 3, 3), sent(s, 4, 9)}, "", "of key"},
		{"the last of each key", []message{sent(s, 1, 7), sent(s, 8, 8), sent(s, 9, 9)}, "", ""},
		{"too early an end", []message{sent(s, 1, 7)}, "", "only 7 of 9"},
		{"a hole", []message{sent(s, 1, 1), sent(s, 3, 3)}, "do not tile", ""},
		{"twice", []message{sent(s, 1, 1), sent(s, 1, 1)}, "do not tile", ""},
		{"backwards", []message{{seq: 0, from: 1}}, "do not tile", ""},
		{"nobody published it", []message{sent(s, 1, 10)}, "do not tile", ""},
		{"dropped", []message{{seq: 2, from: 1, dropped: true}}, "drops nothing", ""},
		{"another value", []message{{seq: 1, from: 1, key: 2, value: firstValue}}, "has the value", ""},
		{"another key", []message{{seq: 1, from: 1, key: 1, value: firstValue + 1}}, "has the value", ""},
	} {
		a := newAccount(s)
		var err error
		for i := range c.in {
			err = a.take(&c.in[i])
		}
		if failed := err != nil; failed != (c.err != "") || failed && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.name, err, c.err)
		}
		if c.err != "" {
			continue
		}
		if err := a.close(); (err != nil) != (c.end != "") || err != nil && !strings.Contains(err.Error(), c.end) {
			t.Errorf("%s: at the end %v, want %q", c.name, err, c.end)
		}
		if a.delivered+a.conflated != a.last {
			t.Errorf("%s: %d delivered and %d conflated are not %d", c.name, a.delivered, a.conflated, a.last)
		}
	}
}

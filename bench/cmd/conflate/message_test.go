package main

import (
	"errors"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	s := &stream{channel: "ticks", keys: 1000}
	const ts = 1723161254087896568
	for account, want := range map[string]message{
		"":             {seq: 42, from: 42},
		`,"from":31`:   {seq: 42, from: 31},
		`,"dropped":4`: {seq: 42, from: 38, dropped: true},
	} {
		want.ts, want.key, want.value = ts, 42*7919%1000, firstValue+42
		p := s.appendMessage(nil, 42, ts, account)
		if got, err := parse(p, head("ticks")); err != nil || got != want {
			t.Errorf("%s is %+v, %v, want %+v", p, got, err, want)
		}
		for n := range p {
			if m, err := parse(p[:n], head("ticks")); !errors.Is(err, errForm) {
				t.Fatalf("the first %d bytes of %s are %+v, %v", n, p, m, err)
			}
		}
	}
	if _, err := parse(s.message(42, time.Unix(0, ts)), head("tenth")); !errors.Is(err, errForm) {
		t.Errorf("another channel's: %v", err)
	}
}

// A line that is published has the fields that its message has.
func TestTemplate(t *testing.T) {
	b := newBatch([]*stream{{channel: "ticks", keys: 1000}, {channel: "tenth", keys: 10}}, []int{2, 1})
	b.fill(1)
	want := `{"channel":"ticks","ts":1723161254087896568,"key":"k757","data":{"n":1000003,"b":"61230.10","B":"0.00400","a":"61230.20","A":"1.25000"}}
{"channel":"ticks","ts":1723161254087896568,"key":"k676","data":{"n":1000004,"b":"61230.10","B":"0.00400","a":"61230.20","A":"1.25000"}}
{"channel":"tenth","ts":1723161254087896568,"key":"k008","data":{"n":1000002,"b":"61230.10","B":"0.00400","a":"61230.20","A":"1.25000"}}
`
	if got := string(b.fill(1723161254087896568)); got != want {
		t.Errorf("the second batch is\n%s\nwant\n%s", got, want)
	}
}

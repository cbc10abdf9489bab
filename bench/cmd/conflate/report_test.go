package main

import (
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func TestFigures(t *testing.T) {
	o := &options{keys: 10, measure: 2 * time.Second}
	began := time.Unix(1000, 0)
	s := &stream{channel: "ticks", keys: 10, total: 100}
	one := class{name: "slow"}
	for i := range 2 {
		r := &reader{account: newAccount(s), counted: 20, bytes: 4_000_000, ages: hdrhistogram.New(1, 60e6, 2)}
		r.account.delivered, r.account.conflated = 25, 75
		for n := range 100 {
			_ = r.ages.RecordValue(int64(1+i) * int64(n+1))
		}
		one.readers = append(one.readers, r)
	}
	f := figures{o: o, classes: []class{one}, from: began, to: began.Add(2 * time.Second),
		p: &publisher{o: o, streams: []*stream{s}, began: began, took: 2 * time.Second, late: 1234 * time.Microsecond}}
	for i := range 9 {
		f.server = append(f.server, sample{began.Add(time.Duration(i) * 250 * time.Millisecond), int64(20e6 + i*1e6), time.Duration(i) * 125 * time.Millisecond})
	}
	f.load = f.server[:2]
	want := `published        100 updates of 10 keys in 2.00 s, 50/s; written at most 1.23ms late
slow             2 readers, each 10 messages and 2.00 MB a second; 4.00 updates a message
                 staleness p50 67µs, p99 196µs, p99.9 200µs, max 200µs; by reader p99 99µs to 198µs, max 100µs to 200µs
server           0.50 cores; RSS 20.5 MB in the first quarter, 27.5 in the last, 28.0 at most (20 28 every 2 s)
load             0.50 cores
result           all accounts close, every reader has the last value of every key
`
	if got := f.text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

package book_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/book"
)

const state = `{"lastUpdateId":10,"bids":[["99.5","2"],["99","1"]],"asks":[["100","3"],["101.25","1"]]}`

// steps are written "s STATE", "d DIFFERENCE", "g DIFFERENCE" (with a gap before it).
func play(t *testing.T, b *book.Book, steps []string) (last error) {
	t.Helper()
	for _, s := range steps {
		m := &hub.Message{Data: []byte(s[2:]), Gap: s[0] == 'g'}
		if s[0] == 's' {
			last = b.Reset(m)
		} else {
			last = b.Apply(m)
		}
	}
	return last
}

func TestBook(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []string
		want  string // "" if it has no state
		err   error  // of the last step
	}{
		{"nothing yet", nil, "", nil},
		{"a snapshot goes out as it came in", []string{"s " + state}, state, nil},
		{"a difference before any snapshot is no state", []string{`d {"U":11,"u":11,"b":[["98","1"]],"a":[]}`}, "", nil},
		{
			"levels change, come and go; a price is the same however many zeros it has",
			[]string{"s " + state, `d {"U":11,"u":14,"b":[["99.50","7"],["99","0.000"],["99.75","1"]],"a":[["102","4"]]}`},
			`{"lastUpdateId":14,"bids":[["99.75","1"],["99.5","7"]],"asks":[["100","3"],["101.25","1"],["102","4"]]}`, nil,
		},
		{
			"taking away what is not there is no change", []string{"s " + state, `d {"U":11,"u":11,"b":[["1","0"]],"a":[]}`},
			`{"lastUpdateId":11,"bids":[["99.5","2"],["99","1"]],"asks":[["100","3"],["101.25","1"]]}`, nil,
		},
		{
			"a side that is not mentioned stays", []string{"s " + state, `d {"U":11,"u":11}`},
			`{"lastUpdateId":11,"bids":[["99.5","2"],["99","1"]],"asks":[["100","3"],["101.25","1"]]}`, nil,
		},
		{"a difference that the snapshot holds is skipped", []string{"s " + state, `d {"U":8,"u":10,"b":[["99.5","0"]],"a":[]}`}, state, nil},
		{
			"a snapshot older than the differences before it", // 9-10 is in it, 11-12 half-way, 13 is new
			[]string{
				`d {"U":9,"u":10,"b":[["50","9"]],"a":[]}`, `d {"U":10,"u":12,"b":[["99","5"]],"a":[]}`,
				`d {"U":13,"u":13,"b":[],"a":[["100","0"]]}`, "s " + state,
			},
			`{"lastUpdateId":13,"bids":[["99.5","2"],["99","5"]],"asks":[["101.25","1"]]}`, nil,
		},
		{"updates are missing", []string{"s " + state, `d {"U":12,"u":12,"b":[],"a":[]}`}, "", book.ErrGap},
		{"updates are missing between a snapshot and the differences", []string{`d {"U":12,"u":12,"b":[],"a":[]}`, "s " + state}, "", book.ErrGap},
		{
			"a snapshot mends it", []string{"s " + state, `d {"U":12,"u":12,"b":[],"a":[]}`, `s {"lastUpdateId":12,"bids":[],"asks":[]}`},
			`{"lastUpdateId":12,"bids":[],"asks":[]}`, nil,
		},
		{"the source lost something", []string{"s " + state, `g {"U":11,"u":11,"b":[],"a":[]}`}, "", nil},
		{
			"prices below zero", []string{`s {"lastUpdateId":1,"bids":[["-37.63","1"],["-40","2"]],"asks":[["-1","1"]]}`},
			`{"lastUpdateId":1,"bids":[["-37.63","1"],["-40","2"]],"asks":[["-1","1"]]}`, nil,
		},
		{
			"what exchanges put behind price and quantity is ignored", []string{`s {"lastUpdateId":1,"bids":[["1","2",[]]],"asks":[]}`},
			`{"lastUpdateId":1,"bids":[["1","2"]],"asks":[]}`, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := book.New()
			if err := play(t, b, c.steps); !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			got, ok := b.Snapshot([]byte("kept:"))
			if ok != (c.want != "") || string(got) != "kept:"+c.want {
				t.Errorf("state %s, %v\nwant  %s", got, ok, c.want)
			}
		})
	}
}

func TestBadFormat(t *testing.T) {
	for _, d := range []string{
		``, `7`, `[]`, `{}`, `{"U":1}`, `{"U":"11","u":"11"}`, `{"U":12,"u":11}`, `{"U":11,"u":11,"b":{}}`, `{"U":11,"u":11,"b":[7]}`,
		`{"U":11,"u":11,"b":[["1"]]}`, `{"U":11,"u":11,"b":[[1,2]]}`, `{"U":11,"u":11,"b":[["NaN","1"]]}`, `{"U":11,"u":11,"b":[["1","0x1"]]}`,
		`{"U":11,"u":11,"b":[["1","-1"]]}`, `{"U":11,"u":11,"b":[["","1"]]}`, `{"U":11,"u":11,"a":[["1\u0022","1"]]}`,
	} {
		b := book.New()
		if err := play(t, b, []string{"s " + state, "d " + d}); !errors.Is(err, book.ErrFormat) {
			t.Errorf("difference %s: %v", d, err)
		}
		if _, ok := b.Snapshot(nil); ok {
			t.Errorf("difference %s: the book is still whole", d)
		}
	}
	for _, s := range []string{``, `{}`, `{"lastUpdateId":1}`, `{"lastUpdateId":"1","bids":[],"asks":[]}`, `{"lastUpdateId":1,"bids":[["x","1"]],"asks":[]}`} {
		if err := play(t, book.New(), []string{"s " + s}); !errors.Is(err, book.ErrFormat) {
			t.Errorf("snapshot %s: %v", s, err)
		}
	}
}

// The differences that are kept for a late snapshot are bounded.
func TestRecentIsBounded(t *testing.T) {
	b := book.New()
	for i := 1; i <= 1000; i++ {
		if err := b.Update(fmt.Appendf(nil, `{"U":%d,"u":%d,"b":[["%d","1"]],"a":[]}`, i, i, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Restore([]byte(`{"lastUpdateId":936,"bids":[],"asks":[]}`)); err != nil {
		t.Fatal(err)
	}
	if bids, asks := b.Levels(); bids != 64 || asks != 0 {
		t.Errorf("%d bids and %d asks, want the 64 newest", bids, asks)
	}
	if err := b.Restore([]byte(`{"lastUpdateId":935,"bids":[],"asks":[]}`)); !errors.Is(err, book.ErrGap) {
		t.Errorf("a snapshot too old for them: %v", err)
	}
}

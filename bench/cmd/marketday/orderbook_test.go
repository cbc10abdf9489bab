package main

import (
	"strings"
	"testing"
)

func TestBookAt(t *testing.T) {
	d, err := readDay(record(t, 4))
	if err != nil {
		t.Fatal(err)
	}
	c := d.channels[0]
	if d.messages != 13 || len(d.channels) != 3 || c.name != "btc@depth" || len(c.payload) != 5 || d.channels[1].book() {
		t.Fatalf("%d messages in %d channels, the first %s of %d", d.messages, len(d.channels), c.name, len(c.payload))
	}
	// Differences 1 and 2 (updates to 5) are in the state, which is message 3; 4 and 5 bring it to 7 and 9.
	for _, x := range []struct {
		seq  uint64
		last int64
		want string
	}{
		{3, 5, `{"lastUpdateId":5,"bids":[["2.5","2"],["1.5","1"]],"asks":[["7.0","3"],["2.1","2"]]}`},
		{4, 7, `{"lastUpdateId":7,"bids":[["3.5","3"],["2.5","2"],["1.5","1"]],"asks":[["2.1","2"]]}`},
		{5, 9, `{"lastUpdateId":9,"bids":[["4.5","4"],["3.5","3"],["2.5","2"],["1.5","1"]],"asks":[["4.1","1"],["2.1","2"]]}`},
	} {
		if b := c.bookAt(x.seq); b == nil || b.last != x.last {
			t.Errorf("at %d: %+v", x.seq, b)
		}
		if why := c.differs(x.seq, []byte(x.want)); why != "" {
			t.Errorf("at %d: %s", x.seq, why)
		}
	}
	if b := c.bookAt(2); b != nil {
		t.Errorf("before there is a state: %+v", b)
	}
}

func TestDiffers(t *testing.T) {
	d, err := readDay(record(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	const right = `{"lastUpdateId":5,"bids":[["2.5","2"],["1.5","1"]],"asks":[["7.0","3"],["2.1","2"]]}`
	for _, x := range []struct {
		from, to, says string
		seq            uint64
	}{
		{"", "", "", 3},
		{"", "", "no book by then", 2},
		{`"2.5","2"`, `"2.5","3"`, "bid 2.5 has 3", 3},
		{`["1.5","1"]`, `["1.6","1"]`, "bid 1.6 has 1", 3},
		{`,["1.5","1"]`, ``, "3 levels", 3},
		{`Id":5`, `Id":6`, "update 6", 3},
		{`}`, ``, "unexpected end", 3},
	} {
		for range 2 { // what was right once is remembered, and nothing else is
			why := d.channels[0].differs(x.seq, []byte(strings.Replace(right, x.from, x.to, 1)))
			if x.says == "" && why != "" || !strings.Contains(why, x.says) {
				t.Errorf("%q for %q: %q, want %q", x.to, x.from, why, x.says)
			}
		}
	}
}

package load

import (
	"testing"
)

func TestBurstsInFlight(t *testing.T) {
	b := newBursts(3, 10)
	for i := range int64(1000) {
		b.push(i, 6)
	}
	if b.of(10) != 0 || b.of(12) != 0 || b.of(13) != 1 || b.inFlight() != 1000 || b.left() != 6000 {
		t.Error("messages are in the wrong burst")
	}
	for n := range uint64(200) {
		if b.at(n).due != int64(n) {
			t.Fatal("growing lost one")
		}
		b.at(n).left = 0
	}
	if b.settle() != 10+200*3 || b.inFlight() != 800 {
		t.Errorf("%d are in flight from message %d on", b.inFlight(), b.settle())
	}
}

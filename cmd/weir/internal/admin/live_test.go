package admin

import (
	"context"
	"slices"
	"testing"

	"github.com/weir-ws/weir/engine"
)

func TestLivez(t *testing.T) {
	s := newSeen(t, engine.Config{Loops: 3})
	if code, body := s.get("/livez"); code != 200 || body != "ok\n" {
		t.Errorf("%d %q", code, body)
	}
	s.stuck[1] = true
	if code, body := s.get("/livez"); code != 503 || body != "loop 1 did not answer within 1s\n" {
		t.Errorf("with loop 1 stuck: %d %q", code, body)
	}
	delete(s.stuck, 1)
	if code, body := s.get("/livez"); code != 200 {
		t.Errorf("when it goes on: %d %q", code, body)
	}
	s.Stop()
	if code, body := s.get("/livez"); code != 503 || body != "loop 0 did not answer within 1s\nloop 1 did not answer within 1s\nloop 2 did not answer within 1s\n" {
		t.Errorf("when the engine has ended: %d %q", code, body)
	}
}

// A stuck loop's mailbox must not grow with every probe of a load balancer.
func TestProbesDoNotPileUp(t *testing.T) {
	s := newSeen(t, engine.Config{Loops: 2})
	over, cancel := context.WithCancel(t.Context())
	cancel()
	p := s.cfg.Live
	for range 100 {
		if silent := p.Silent(over); !slices.Equal(silent, []int{0, 1}) {
			t.Fatalf("silent %v", silent)
		}
	}
	first := p.waiting[0]
	ran := 0
	s.Engine().Loop(0).Post(func() { ran++ })
	s.Turn(0)
	if silent := p.Silent(over); !slices.Equal(silent, []int{0, 1}) { // a new question for loop 0, and nobody to answer it
		t.Errorf("silent %v", silent)
	}
	if ran != 1 || p.waiting[0] == first {
		t.Errorf("the answer was not taken in: %d posts ran", ran)
	}
	second := p.waiting[0]
	p.Silent(over)
	if p.waiting[0] != second {
		t.Error("another question was asked while one waits")
	}
	s.Settle()
}

//go:build linux

package engine_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"golang.org/x/sys/unix"
)

// Descriptors run out while the server serves: gnet's own acceptor would end the engine and every connection on
// it. Here existing connections do not notice, failures are counted and logged once a burst, and those who
// came meanwhile are served as soon as there is relief.
func TestSocketDescriptorsRunOut(t *testing.T) {
	if squeezedMain(t, quickly(), echo()) {
		return
	}
	t.Parallel()
	const existing, more, left = 20, 60, 9
	s := squeeze(t, 0)
	check := func(cs []*rawClient) {
		t.Helper()
		for i, c := range cs {
			c.say(frame.OpText, fmt.Sprint("still there ", i))
		}
		for i, c := range cs {
			c.expect(frame.OpText, fmt.Sprint("still there ", i))
		}
	}
	var old, late []*rawClient
	for range existing {
		old = append(old, dialWS(t, s.addr))
	}
	s.do(fmt.Sprintf("leave %d", left))
	for range more { // the kernel completes their connections; the server cannot take all of them
		c := connect(t, s.addr)
		c.request()
		late = append(late, c)
	}
	eventually(t, "accept fails", func() bool { _, errs, _, _ := s.stats(); check(old); return errs >= 20 })
	open, errs, refused, warnings := s.stats()
	// The process may let go of a descriptor of its own meanwhile; most newcomers are out all the same.
	if open < existing || open-existing > more/2 || refused != 0 {
		t.Errorf("%d connections are open, %d were refused", open, refused)
	}
	t.Logf("with %d descriptors left: %d of %d newcomers open, %d failures, %d lines of log", left, open-existing, more, errs, warnings)
	if warnings == 0 || warnings >= errs {
		t.Errorf("%d lines of log for %d failures; want one for each burst", warnings, errs)
	}
	s.do("raise")
	relief := time.Now()
	dialWS(t, s.addr) // behind all the others in the queue: all acceptors were asleep, or are
	t.Logf("%v after relief a new client was served; a pause is at most %v", time.Since(relief), engine.AcceptPauseMax)
	if engine.AcceptPauseMax > 2*time.Second {
		t.Errorf("an acceptor may sleep %v after relief", engine.AcceptPauseMax)
	}
	// A socket takes two descriptors for a moment; one whose second another got in the same moment was dropped.
	served := old
	for _, c := range late {
		if r, err := http.ReadResponse(c.br, nil); err == nil && r.StatusCode == 101 {
			served = append(served, c)
		}
	}
	check(served)
	dropped := existing + more - len(served)
	t.Logf("%d newcomers were dropped", dropped)
	if _, errs, _, _ := s.stats(); dropped > errs {
		t.Errorf("%d newcomers were dropped, but only %d failures counted", dropped, errs)
	}
}

// One descriptor is left, and a connection takes two on its way to a loop. Who got it waits for the other like those in the kernel's queue.
// It loses it only to another goroutine that accepts at that moment.
func TestSocketLastDescriptor(t *testing.T) {
	if squeezedMain(t, quickly(), echo()) {
		return
	}
	t.Parallel()
	s := squeeze(t, 0)
	old := dialWS(t, s.addr)
	s.do("leave 1")
	var late []*rawClient
	for range 20 {
		c := connect(t, s.addr)
		c.request()
		late = append(late, c)
	}
	eventually(t, "all that accept meet the limit", func() bool { _, errs, _, _ := s.stats(); return errs >= 3*engine.Acceptors })
	s.do("raise")
	lost := 0
	for i, c := range append(late, old) {
		if c != old {
			r, err := http.ReadResponse(c.br, nil)
			if errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF) {
				lost++ // another goroutine has taken the descriptor that was found for it
				continue
			}
			if err != nil || r.StatusCode != 101 {
				t.Fatalf("newcomer %d: %v, %v", i, r, err)
			}
		}
		c.say(frame.OpText, "still there")
		c.expect(frame.OpText, "still there")
	}
	if lost > 2 { // without the wait some eight are
		t.Errorf("%d of %d newcomers were dropped", lost, len(late))
	}
}

// The cap comes from the limit, less a reserve, so that running out is not what happens first: one too many gets
// 503 and Retry-After, and accept never fails.
func TestSocketCapBelowDescriptorLimit(t *testing.T) {
	const limit = 400
	if squeezedMain(t, quickly(), echo()) {
		return
	}
	t.Parallel()
	s := squeeze(t, limit)
	const fit = limit - engine.FDReserve
	for range fit {
		dialWS(t, s.addr)
	}
	for range 20 {
		c := connect(t, s.addr)
		c.request() // the answer waits for it
		if r := c.response("GET"); r.StatusCode != 503 || r.Header.Get("Retry-After") == "" {
			t.Fatalf("answered with %s", r.Status)
		}
	}
	if open, errs, refused, _ := s.stats(); open != fit || errs != 0 || refused != 20 {
		t.Errorf("%d open, %d accept errors, %d refused; want %d, 0, 20", open, errs, refused, fit)
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, int(r.Cur), 1 << 30} {
		if got := engine.MaxConnsFor(want); got != int(r.Cur)-engine.FDReserve {
			t.Errorf("MaxConns %d comes to %d under a limit of %d", want, got, r.Cur)
		}
	}
	if got := engine.MaxConnsFor(7); got != 7 {
		t.Errorf("MaxConns 7 comes to %d", got)
	}
}

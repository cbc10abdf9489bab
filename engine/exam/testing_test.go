package exam

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// spy is a test that may fail without failing this one.
type spy struct {
	testing.TB
	errors []string
}

func (s *spy) Helper()                  {}
func (s *spy) Context() context.Context { return context.Background() }
func (s *spy) Logf(string, ...any)      {}
func (s *spy) Errorf(format string, args ...any) {
	s.errors = append(s.errors, fmt.Sprintf(format, args...))
}

// toNowhere dials connections whose other end nobody serves.
func toNowhere(context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	return client, server.Close()
}

func TestCheckFailsForEveryBadVerdict(t *testing.T) {
	cases := []Case{
		{Section: "s", Name: "fine", Run: func(*Client) error { return nil }},
		{Section: "s", Name: "lax", Run: func(*Client) error { return nonStrict("a", "b", nil) }},
		{Section: "s", Name: "bad", Run: func(*Client) error { return failed("a", "b", []byte{0x81}) }},
		{Section: "s", Name: "odd", Run: func(*Client) error { return errors.New("broken") }},
	}
	s := &spy{TB: t}
	check(s, Target{URL: "ws://nowhere/", Dial: toNowhere}, cases, Options{})
	if len(s.errors) != 3 {
		t.Fatalf("%d errors, want 3: %q", len(s.errors), s.errors)
	}
	for i, want := range []string{"NON-STRICT s/lax", "FAILED     s/bad", "FAILED     s/odd"} {
		if !strings.HasPrefix(s.errors[i], want) {
			t.Errorf("error %d is %q, want it to start with %q", i, s.errors[i], want)
		}
	}
}

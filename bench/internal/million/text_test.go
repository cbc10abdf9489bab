package million

import (
	"strings"
	"testing"
	"time"
)

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1_234_567: "1,234,567", -4096: "-4,096"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestNs(t *testing.T) {
	for n, want := range map[int64]string{1500: "1.5 us", 2_345_678: "2.35 ms", 999_000_000: "999 ms", 12_345_000_000: "12.35 s"} {
		if got := ns(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestProgressLine(t *testing.T) {
	p := Progress{Phase: "connect", Done: 250_000, Total: 1_000_000, Unit: "connections", Left: 90 * time.Second}
	if got := p.String(); got != "connect: 250,000 of 1,000,000 connections, about 90 s left" {
		t.Error(got)
	}
	p = Progress{Phase: "idle", Unit: "settling"}
	if got := p.String(); got != "idle: settling" {
		t.Error(got)
	}
}

func TestDescribe(t *testing.T) {
	p, _ := Fit(1_000_000, usual)
	s := p.Describe(usual)
	for _, want := range []string{"1,000,000 connections", "54 servers", "51 clients", "102 source addresses", "GiB"} {
		if !strings.Contains(s, want) {
			t.Errorf("%q is not in %q", want, s)
		}
	}
}

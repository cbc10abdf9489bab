package engine

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"
)

var (
	t0    = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	alice = netip.MustParseAddr("192.0.2.1")
	bob   = netip.MustParseAddr("192.0.2.2")
)

// admitted is admit's status, 0 if let in; it checks that a refusal says when to come back.
func admitted(t *testing.T, a *admission, addr netip.Addr, now time.Time) (status, retryAfter int) {
	t.Helper()
	e := a.admit(addr, now)
	if e == nil {
		return 0, 0
	}
	s, err := strconv.Atoi(e.Header.Get("Retry-After"))
	if err != nil || s < 1 || e.Body == "" {
		t.Fatalf("refusal without a usable Retry-After: %+v", e)
	}
	return e.Status, s
}

// steps are lines of a scenario: after a while, an address comes or goes.
type limitStep struct {
	after time.Duration
	addr  string // "-192.0.2.1": released
	want  int
}

func TestAdmission(t *testing.T) {
	for _, row := range []struct {
		name  string
		cfg   admitConfig
		steps []limitStep
	}{
		{"no limits", admitConfig{}, []limitStep{{0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}}},
		{"negative is none", admitConfig{MaxConns: -1, PerAddr: -1, RatePerAddr: -1, Rate: -1, BurstPerAddr: -1, Burst: -1},
			[]limitStep{{0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}}},
		{"global cap", admitConfig{MaxConns: 2}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.2", 0}, {0, "192.0.2.3", 503}, {time.Hour, "192.0.2.3", 503}, {0, "-192.0.2.1", 0}, {0, "192.0.2.3", 0}}},
		{"cap of an address", admitConfig{PerAddr: 2}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 429}, {0, "192.0.2.2", 0}, {0, "-192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 429}}},
		{"rate of an address", admitConfig{RatePerAddr: 1, BurstPerAddr: 2}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 429}, {0, "192.0.2.2", 0},
			{999 * time.Millisecond, "192.0.2.1", 429}, {time.Millisecond, "192.0.2.1", 0}, {0, "192.0.2.1", 429}}},
		{"closing does not give the token back", admitConfig{RatePerAddr: 1, BurstPerAddr: 1}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "-192.0.2.1", 0}, {0, "192.0.2.1", 429}}},
		{"burst is a second's worth by default", admitConfig{RatePerAddr: 2.5}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 429}}},
		{"and at least one", admitConfig{RatePerAddr: 0.5}, []limitStep{
			{0, "192.0.2.1", 0}, {time.Second, "192.0.2.1", 429}, {time.Second, "192.0.2.1", 0}}},
		{"global rate", admitConfig{Rate: 1, Burst: 2}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.2", 0}, {0, "192.0.2.3", 503}, {time.Second, "192.0.2.3", 0}}},
		{"an address over its rate takes nothing from the others", admitConfig{RatePerAddr: 1, BurstPerAddr: 1, Rate: 1, Burst: 2}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.1", 429}, {0, "192.0.2.1", 429}, {0, "192.0.2.2", 0}, {0, "192.0.2.3", 503}}},
		{"who is refused globally keeps its own token", admitConfig{RatePerAddr: 0.001, BurstPerAddr: 1, Rate: 1, Burst: 1}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.2", 503}, {time.Second, "192.0.2.2", 0}, {time.Second, "192.0.2.2", 429}}},
		{"refused is not counted in", admitConfig{MaxConns: 2, PerAddr: 1}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "192.0.2.1", 429}, {0, "192.0.2.1", 429}, {0, "192.0.2.2", 0}, {0, "192.0.2.3", 503}}},
		{"global cap before the address's", admitConfig{MaxConns: 1, PerAddr: 1}, []limitStep{{0, "192.0.2.1", 0}, {0, "192.0.2.1", 503}}},

		{"IPv6 by /64", admitConfig{PerAddr: 1}, []limitStep{
			{0, "2001:db8:0:1::1", 0}, {0, "2001:db8:0:1:ffff:ffff:ffff:ffff", 429}, {0, "2001:db8:0:2::1", 0},
			{0, "-2001:db8:0:1::2", 0}, {0, "2001:db8:0:1::3", 0}}},
		{"IPv6 zone is no other address", admitConfig{PerAddr: 1}, []limitStep{{0, "fe80::1%eth0", 0}, {0, "fe80::1%eth1", 429}}},
		{"IPv4 in IPv6 is IPv4", admitConfig{PerAddr: 1}, []limitStep{
			{0, "::ffff:192.0.2.1", 0}, {0, "192.0.2.1", 429}, {0, "::ffff:192.0.2.2", 0}, {0, "-192.0.2.1", 0}, {0, "::ffff:192.0.2.1", 0}}},
		{"no IPv6 address is taken for an IPv4 one", admitConfig{PerAddr: 1}, []limitStep{
			{0, "192.0.2.1", 0}, {0, "ffff:ffff:c000:201::1", 0}, {0, "0:0:c000:201::1", 0}}},

		{"loopback is exempt from its address's limits", admitConfig{PerAddr: 1, RatePerAddr: 1, BurstPerAddr: 1}, []limitStep{
			{0, "127.0.0.1", 0}, {0, "127.0.0.1", 0}, {0, "127.9.9.9", 0}, {0, "::1", 0}, {0, "::1", 0}, {0, "::ffff:127.0.0.1", 0}, {0, "::ffff:127.0.0.1", 0}}},
		{"but not from the global ones", admitConfig{MaxConns: 1}, []limitStep{{0, "127.0.0.1", 0}, {0, "127.0.0.1", 503}, {0, "-127.0.0.1", 0}, {0, "::1", 0}}},
		{"unless it is charged", admitConfig{PerAddr: 1, ChargeLoopback: true}, []limitStep{
			{0, "127.0.0.1", 0}, {0, "127.0.0.1", 429}, {0, "127.0.0.2", 0}, {0, "::1", 0}, {0, "::1", 429}, {0, "-::1", 0}, {0, "::1", 0}}},
		{"no address at all (unix socket)", admitConfig{PerAddr: 1, MaxConns: 2}, []limitStep{{0, "", 0}, {0, "", 0}, {0, "", 503}, {0, "-", 0}, {0, "", 0}}},

		{"clock back: nobody is locked out", admitConfig{RatePerAddr: 1, BurstPerAddr: 1}, []limitStep{
			{0, "192.0.2.1", 0}, {-time.Hour, "192.0.2.1", 0}, {0, "192.0.2.1", 429}, {time.Second, "192.0.2.1", 0}}},
		{"released more than admitted", admitConfig{MaxConns: 1, PerAddr: 1}, []limitStep{{0, "-192.0.2.1", 0}, {0, "192.0.2.1", 0}, {0, "192.0.2.1", 503}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			a, now := newAdmission(row.cfg), t0
			for i, s := range row.steps {
				now = now.Add(s.after)
				addr, leaves := s.addr, len(s.addr) > 0 && s.addr[0] == '-'
				if leaves {
					addr = addr[1:]
				}
				var ip netip.Addr
				if addr != "" {
					ip = netip.MustParseAddr(addr)
				}
				if leaves {
					a.release(ip)
				} else if got, _ := admitted(t, a, ip, now); got != s.want {
					t.Fatalf("step %d, %q: %d, want %d", i, s.addr, got, s.want)
				}
			}
		})
	}
}

func TestAdmissionRetryAfter(t *testing.T) {
	a := newAdmission(admitConfig{RatePerAddr: 0.1, BurstPerAddr: 1})
	admitted(t, a, alice, t0)
	for wait, want := range map[time.Duration]int{0: 10, time.Millisecond: 10, 1500 * time.Millisecond: 9, 9 * time.Second: 1, 9999 * time.Millisecond: 1} {
		if status, got := admitted(t, a, alice, t0.Add(wait)); status != 429 || got != want {
			t.Errorf("after %v: %d, Retry-After %d, want %d", wait, status, got, want)
		}
	}
	if status, _ := admitted(t, a, alice, t0.Add(10*time.Second)); status != 0 {
		t.Errorf("came back as told and got %d", status)
	}

	a = newAdmission(admitConfig{MaxConns: 1})
	admitted(t, a, alice, t0)
	seen := map[int]int{}
	for range 100 {
		_, s := admitted(t, a, bob, t0)
		seen[s]++
	}
	for s := 5; s < 15; s++ {
		if seen[s] != 10 {
			t.Errorf("of 100 refused at a time, %d are told to come in %d s; want them spread evenly", seen[s], s)
		}
	}
}

func flooder(i int) netip.Addr {
	var b [16]byte
	b[0] = 0x20
	binary.BigEndian.PutUint32(b[4:], uint32(i))
	return netip.AddrFrom16(b)
}

// A flood from ever new addresses costs a bounded table, keeps refusing whom it still knows, and leaves
// nothing behind.
func TestAdmissionFlood(t *testing.T) {
	a := newAdmission(admitConfig{RatePerAddr: 0.01, BurstPerAddr: 1, PerAddr: 5, MaxConns: 100})
	a.maxDebts = 1000
	for i := range 50_000 {
		if status, _ := admitted(t, a, flooder(i), t0); status != 0 {
			t.Fatalf("address %d, never seen before: %d", i, status)
		}
		if status, _ := admitted(t, a, flooder(i), t0); status != 429 {
			t.Fatalf("address %d, just seen: %d", i, status)
		}
		a.release(flooder(i))
		if len(a.debts) > 1000 || len(a.counts) > 1 {
			t.Fatalf("%d buckets and %d counts kept", len(a.debts), len(a.counts))
		}
	}
	a.sweep(t0.Add(99 * time.Second))
	if len(a.debts) != 1000 {
		t.Errorf("%d buckets left; all were still filling", len(a.debts))
	}
	a.sweep(t0.Add(100 * time.Second))
	if len(a.debts) != 0 || len(a.counts) != 0 || a.total != 0 {
		t.Errorf("%d buckets, %d counts, %d connections left behind", len(a.debts), len(a.counts), a.total)
	}
}

// Refused by the cap, a flood does not even reach the tables.
func TestAdmissionRefusedLeavesNoTrace(t *testing.T) {
	a := newAdmission(admitConfig{MaxConns: 1, PerAddr: 5, RatePerAddr: 1, Rate: 1, Burst: 1})
	admitted(t, a, alice, t0)
	for i := range 1000 {
		if status, _ := admitted(t, a, flooder(i), t0); status != 503 {
			t.Fatalf("%d", status)
		}
	}
	a.cfg.MaxConns = 0
	for i := range 1000 { // now by the global rate
		if status, _ := admitted(t, a, flooder(i), t0); status != 503 {
			t.Fatalf("%d", status)
		}
	}
	if len(a.counts) != 1 || len(a.debts) != 1 {
		t.Errorf("%d counts, %d buckets", len(a.counts), len(a.debts))
	}
}

// Many goroutines: the cap holds at every moment, and everything is given back.
func TestAdmissionConcurrent(t *testing.T) {
	a := newAdmission(admitConfig{MaxConns: 8, PerAddr: 3, RatePerAddr: 1e6, BurstPerAddr: 1e6, Rate: 1e6, Burst: 1e6})
	var mu sync.Mutex
	open, most := 0, 0
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				addr := flooder((g + i) % 4)
				if a.admit(addr, t0.Add(time.Duration(i)*time.Millisecond)) != nil {
					continue
				}
				mu.Lock()
				open++
				most = max(most, open)
				mu.Unlock()
				if i%100 == 0 {
					a.sweep(t0.Add(time.Hour))
				}
				mu.Lock()
				open--
				mu.Unlock()
				a.release(addr)
			}
		})
	}
	wg.Wait()
	if most == 0 || most > 8 || a.total != 0 || len(a.counts) != 0 {
		t.Errorf("at most %d at a time; %d, %d left", most, a.total, len(a.counts))
	}
}

func TestBucketOf(t *testing.T) {
	for _, row := range []struct {
		rate         float64
		burst        int
		step, window int64
	}{
		{0, 5, 0, 0},
		{-1, 5, 0, 0},
		{math.NaN(), 5, 0, 0},
		{math.Inf(1), 5, 0, 0},
		{2e9, 5, 0, 0},
		{1e9, 5, 1, 5},
		{100, 0, 1e7, 1e9},
		{100, 7, 1e7, 7e7},
		{0.5, 0, 2e9, 2e9},
		{1e-30, 0, 86400e9, 86400e9},
		{1e-30, math.MaxInt, 86400e9, math.MaxInt64 / 4},
	} {
		if step, window := bucketOf(row.rate, row.burst); step != row.step || step > 0 && window != row.window {
			t.Errorf("bucketOf(%v, %d) = %d, %d; want %d, %d", row.rate, row.burst, step, window, row.step, row.window)
		}
	}
}

func BenchmarkAdmission(b *testing.B) {
	cfg := admitConfig{MaxConns: 1 << 20, PerAddr: 100, RatePerAddr: 1e6, BurstPerAddr: 1e6, Rate: 1e9, Burst: 1e9}
	addrs := make([]netip.Addr, 1<<16)
	for i := range addrs {
		addrs[i] = flooder(i)
	}
	b.Run("admit+release", func(b *testing.B) {
		a := newAdmission(cfg)
		b.ReportAllocs()
		for i := range b.N {
			if a.admit(addrs[i&0xffff], t0) != nil {
				b.Fatal("refused")
			}
			a.release(addrs[i&0xffff])
		}
	})
	b.Run("parallel", func(b *testing.B) {
		a := newAdmission(cfg)
		b.RunParallel(func(pb *testing.PB) {
			for i := 0; pb.Next(); i++ {
				if a.admit(addrs[i&0xffff], t0) == nil {
					a.release(addrs[i&0xffff])
				}
			}
		})
	})
	b.Run("full table, new addresses", func(b *testing.B) {
		a := newAdmission(cfg)
		a.addrStep, a.addrWindow = int64(time.Hour), int64(time.Hour)
		b.ReportAllocs()
		for i := range b.N {
			addr := flooder(i)
			if a.admit(addr, t0) != nil {
				b.Fatal("refused")
			}
			a.release(addr)
		}
	})
	b.Run("sweep of a full table", func(b *testing.B) {
		a := newAdmission(cfg)
		a.addrStep, a.addrWindow = int64(time.Hour), int64(time.Hour)
		for i := range defaultMaxDebts {
			a.admit(flooder(i), t0)
		}
		for b.Loop() {
			a.sweep(t0)
		}
	})
}

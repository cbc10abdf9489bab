package million

import (
	"math"
	"strings"
	"testing"
)

// usual is a machine with room for a million at 20,000 descriptors a process.
var usual = Limits{OpenFiles: 20_000, FileMax: 2_400_000, Ports: 28_232, Processes: 2_600, Memory: 24 << 30, Total: 24 << 30}

func TestFitAMillion(t *testing.T) {
	p, missing := Fit(1_000_000, usual)
	if len(missing) > 0 {
		t.Fatalf("missing: %v", missing)
	}
	// The fullest of the servers must have room, by six standard deviations.
	if room := usual.OpenFiles - serverReserve; float64(p.PerServer)+6*math.Sqrt(float64(p.PerServer)) > float64(room) || p.Servers != 54 {
		t.Errorf("%d servers with %d each, room for %d", p.Servers, p.PerServer, room)
	}
	if p.Clients != 51 || p.PerClient > usual.OpenFiles-clientReserve || 2*p.PerSource > usual.Ports {
		t.Errorf("%d clients with %d each", p.Clients, p.PerClient)
	}
	if p.NeedMemory < 8<<30 || p.NeedMemory > 16<<30 {
		t.Errorf("memory: %d MiB", p.NeedMemory>>20)
	}
}

func TestFitOneOfEach(t *testing.T) {
	l := usual
	l.OpenFiles = 2_000_000
	p, missing := Fit(1_000_000, l)
	if len(missing) > 0 || p.Servers != 1 || p.Clients != 1 || p.PerServer != 1_000_000 || p.PerClient != 1_000_000 {
		t.Errorf("%+v, missing: %v", p, missing)
	}
	if n := sources(p); n != 89 {
		t.Errorf("%d source addresses, want 89 of 11,292 ports", n)
	}
}

func TestFitSaysWhatIsMissing(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(l *Limits)
		want   string // of the only line
		fits   bool   // some smaller number
	}{
		{"memory", func(l *Limits) { l.Memory = 8 << 30 }, "memory: ", true},
		{"files", func(l *Limits) { l.FileMax = 1_000_000 }, "open files in all: ", true},
		{"conntrack", func(l *Limits) { l.Tracked = 262_144 }, "tracked connections: 1000000 needed, 262144 there", true},
		{"processes", func(l *Limits) { l.Processes = 50 }, "processes: 105 needed, 50 there", true},
		{"descriptors", func(l *Limits) { l.OpenFiles = 100 }, "descriptors: 100 a process", false},
		{"ports", func(l *Limits) { l.Ports = 1; l.OpenFiles = 20_000_000 }, "", true}, // a million addresses are there
	} {
		t.Run(row.name, func(t *testing.T) {
			l := usual
			row.change(&l)
			_, missing := Fit(1_000_000, l)
			if row.want == "" {
				if len(missing) > 0 {
					t.Errorf("missing: %v", missing)
				}
				return
			}
			if len(missing) != 1 || !strings.HasPrefix(missing[0], row.want) {
				t.Fatalf("missing: %q", missing)
			}
			n := Largest(1_000_000, l)
			if (n > 0) != row.fits {
				t.Fatalf("%d would fit", n)
			}
			if !row.fits {
				return
			}
			_, at := Fit(n, l)
			_, over := Fit(n+1, l)
			if len(at) > 0 || len(over) == 0 {
				t.Errorf("%d fits: %v; one more lacks %v", n, at, over)
			}
			if err := Missing(1_000_000, l); !strings.Contains(err.Error(), missing[0]) || !strings.Contains(err.Error(), "--fit") {
				t.Error(err)
			}
		})
	}
	if n := Largest(1_000_000, usual); n != 1_000_000 {
		t.Errorf("%d of a million fit where all do", n)
	}
}

func TestServerShareLeavesRoom(t *testing.T) {
	for _, capacity := range []int{1, 10, 100, 800, 20_000, 1_000_000} {
		s := serverShare(capacity)
		if float64(s)+6*math.Sqrt(float64(s)) > float64(capacity) || s > capacity*95/100 {
			t.Errorf("%d of %d", s, capacity)
		}
		if capacity >= 100 && s < capacity/2 {
			t.Errorf("only %d of %d are used", s, capacity)
		}
	}
}

func TestFloor(t *testing.T) {
	if f := usual.Floor(); f != 3<<30 {
		t.Errorf("%d MiB of 24 GiB", f>>20)
	}
	if f := (Limits{Total: 4 << 30}).Floor(); f != 512<<20 {
		t.Errorf("%d MiB of 4 GiB", f>>20)
	}
}

package million

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Limits are what a machine allows. A zero field is a limit that it doesn't have, or doesn't tell.
type Limits struct {
	OpenFiles int   // RLIMIT_NOFILE, hard, or fs.nr_open if that is less
	FileMax   int64 // fs.file-max less what is open already
	Ports     int   // in net.ipv4.ip_local_port_range
	Tracked   int64 // net.netfilter.nf_conntrack_max less what is tracked already
	Processes int   // that may still be started: kernel.pid_max and RLIMIT_NPROC, less a margin
	Memory    int64 // MemAvailable
	Total     int64 // MemTotal
}

// What the parts cost, measured on Linux 6.18; the plan is an estimate and the run watches the memory.
const (
	serverBytes  = 750       // of a server's memory for a connection
	clientBytes  = 250       // of a client's
	kernelBytes  = 2 * 5300  // of the kernel's, both ends
	processBytes = 10 << 20  // of a server or client without connections
	driverBytes  = 100 << 20 // of everything else while it runs

	serverReserve = 192 // descriptors of a server that are not for subscribers: the engine's own reserve, publishers
	clientReserve = 64

	// Ports of one source address that are used, of those in the range, in percent, and at most. connect(2) tries the ports
	// of one parity in order from a random one, and only then the others: from half of the range on, every connect walks
	// through all of that half, which takes a millisecond.
	portShare = 40
	maxPorts  = 25_000
)

// Floor is how much memory must stay available: under it a run is ended. It is 3 GiB, on small machines an eighth.
func (l Limits) Floor() int64 { return min(3<<30, l.Total/8) }

// Plan is how many processes hold a number of connections.
type Plan struct {
	Conns      int
	Servers    int
	Clients    int
	PerServer  int // connections of a server in the mean; SO_REUSEPORT spreads them by a hash
	PerClient  int // at most
	PerSource  int // connections from one source address, at most
	NeedMemory int64
}

// serverShare is the mean that a server with room for capacity may be planned for: six standard deviations of a fair
// spread are left, and a twentieth for a hash that isn't quite fair.
func serverShare(capacity int) int {
	share := int(float64(capacity) * 0.95)
	for share > 0 && float64(share)+6*math.Sqrt(float64(share)) > float64(capacity) {
		share--
	}
	return share
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// Fit plans n connections and says what is missing for them, nothing if all is there.
func Fit(n int, l Limits) (Plan, []string) {
	share, room := serverShare(l.OpenFiles-serverReserve), l.OpenFiles-clientReserve
	if share < 1 || room < 1 {
		return Plan{Conns: n}, []string{fmt.Sprintf("descriptors: %d a process are too few for any connection (ulimit -Hn)", l.OpenFiles)}
	}
	p := Plan{Conns: n, Servers: max(1, ceilDiv(n, share)), Clients: max(1, ceilDiv(n, room))}
	p.PerServer, p.PerClient = ceilDiv(n, p.Servers), ceilDiv(n, p.Clients)
	p.PerSource = maxPorts
	if l.Ports > 0 {
		p.PerSource = min(maxPorts, max(1, l.Ports*portShare/100))
	}
	p.NeedMemory = int64(n)*(serverBytes+clientBytes+kernelBytes) + int64(p.Servers+p.Clients)*processBytes + driverBytes

	var missing []string
	lack := func(what, unit string, need, have int64, change string) {
		if have > 0 && need > have {
			missing = append(missing, fmt.Sprintf("%s: %d%s needed, %d%s there%s", what, need, unit, have, unit, change))
		}
	}
	lack("memory", " MiB", (p.NeedMemory+l.Floor())>>20, l.Memory>>20, "")
	lack("open files in all", "", 2*int64(n)+64*int64(p.Servers+p.Clients), l.FileMax, " (sysctl fs.file-max)")
	lack("tracked connections", "", int64(n), l.Tracked, " (sysctl net.netfilter.nf_conntrack_max)")
	lack("processes", "", int64(p.Servers+p.Clients), int64(l.Processes), fmt.Sprintf(" (with %d descriptors each; raise ulimit -Hn)", l.OpenFiles))
	if s := sources(p); s > maxSources {
		missing = append(missing, fmt.Sprintf("source addresses: %d needed, %d there in 127.0.0.0/8 (sysctl net.ipv4.ip_local_port_range)", s, maxSources))
	}
	return p, missing
}

// Largest is the largest number of connections, at most n, for which nothing is missing; 0 if that is none.
func Largest(n int, l Limits) int {
	low, high := 0, n // low fits; high+1 doesn't, or is not asked for
	for low < high {
		mid := low + (high-low+1)/2
		if _, missing := Fit(mid, l); len(missing) == 0 {
			low = mid
		} else {
			high = mid - 1
		}
	}
	return low
}

// Missing is the error that says what n connections lack, and what to do; nil if they fit.
func Missing(n int, l Limits) error {
	_, missing := Fit(n, l)
	if len(missing) == 0 {
		return nil
	}
	s := fmt.Sprintf("%d connections do not fit this machine:\n  %s\n", n, strings.Join(missing, "\n  "))
	if fits := Largest(n, l); fits > 0 {
		return fmt.Errorf("%s%d would fit: --conns %d, or --fit", s, fits, fits)
	}
	return errors.New(s + "not even one would fit")
}

package admin

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/weir-ws/weir/engine"
)

// LagLimit is the loop lag above which the server calls itself overloaded.
const LagLimit = time.Second

// Check is one condition of being ready.
type Check struct {
	Name string
	// Ask returns whether it holds, and what there is to say about it. It is called from any goroutine and must not block.
	Ask func() (ok bool, why string)
}

// Readiness is whether new clients are welcome. It begins as "starting"; its methods may be called from any goroutine.
type Readiness struct {
	state  atomic.Int32
	checks []Check
}

const (
	starting = iota
	serving
	draining
)

// NewReadiness makes one of checks, all of which must hold.
func NewReadiness(checks ...Check) *Readiness { return &Readiness{checks: checks} }

// Serving says that the server has started.
func (r *Readiness) Serving() { r.state.CompareAndSwap(starting, serving) }

// Drain says that the server is about to stop, for good.
func (r *Readiness) Drain() { r.state.Store(draining) }

// Draining tells whether Drain was called.
func (r *Readiness) Draining() bool { return r.state.Load() == draining }

// Ready tells whether new clients are welcome.
func (r *Readiness) Ready() bool {
	ok, _ := r.report()
	return ok
}

// report asks everything; each line begins with [+] or [-].
func (r *Readiness) report() (ok bool, lines []string) {
	state := r.state.Load()
	say := func(name string, holds bool, why string) {
		mark := "[+]"
		if !holds {
			mark = "[-]"
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", mark, name, why))
	}
	ok = state == serving
	say("state", ok, [...]string{"starting", "serving", "draining"}[state])
	for _, c := range r.checks {
		holds, why := c.Ask()
		ok = ok && holds
		say(c.Name, holds, why)
	}
	return ok, lines
}

// EngineChecks are what an engine has to say: its loops are in time, there is room for another connection, and
// memory is within its budget.
func EngineChecks(e *engine.Engine) []Check {
	return []Check{
		{"loops", func() (bool, string) {
			worst, at := time.Duration(0), 0
			for i := range e.Loops() {
				if lag := e.Loop(i).Lag(); lag > worst {
					worst, at = lag, i
				}
			}
			return worst <= LagLimit, fmt.Sprintf("loop %d was %s late at worst; the limit is %v", at, worst.Round(time.Microsecond), LagLimit)
		}},
		{"connections", func() (bool, string) {
			n := e.Stats().Conns
			return n < int64(e.MaxConns()), fmt.Sprintf("%d of %d", n, e.MaxConns())
		}},
		{"memory", func() (bool, string) {
			s := e.Stats()
			if s.MemoryBudget == 0 {
				return true, "no budget"
			}
			return !s.MemoryShort, fmt.Sprintf("%s of a budget of %s", mib(s.MemoryUsed), mib(s.MemoryBudget))
		}},
	}
}

func mib(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

type readyz struct{ *Readiness }

// ServeHTTP implements http.Handler.
func (z readyz) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ok, lines := z.report()
	status, verdict := http.StatusOK, "ready"
	if !ok {
		status, verdict = http.StatusServiceUnavailable, "not ready"
	}
	var b strings.Builder
	verbose := r.URL.Query().Has("verbose")
	for _, l := range lines {
		if verbose || strings.HasPrefix(l, "[-]") {
			b.WriteString(l + "\n")
		}
	}
	plain(w, status, b.String()+verdict+"\n")
}

package admin

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/weir-ws/weir/engine"
)

// LiveWithin is how long a loop has to answer. Work that keeps a loop longer has stopped being work.
const LiveWithin = time.Second

// Prober asks every event loop for a sign of life. However often it is asked itself, a loop that does not answer has
// one question waiting, not one for each.
type Prober struct {
	engine *engine.Engine

	mu      sync.Mutex
	waiting []chan struct{} // by loop: closed by the answer; nil: no question under way
}

// NewProber makes a prober of e's loops.
func NewProber(e *engine.Engine) *Prober {
	return &Prober{engine: e, waiting: make([]chan struct{}, e.Loops())}
}

// Silent returns the loops that do not answer before ctx ends; nil: all have. On an engine that has ended that is all of them.
func (p *Prober) Silent(ctx context.Context) (loops []int) {
	asked := make([]chan struct{}, len(p.waiting))
	for i := range asked {
		asked[i] = p.ask(i)
	}
	for i, c := range asked {
		if c == nil {
			loops = append(loops, i)
			continue
		}
		select {
		case <-c:
			continue
		case <-ctx.Done():
		}
		select {
		case <-c: // both at once
		default:
			loops = append(loops, i)
		}
	}
	return loops
}

// ask returns what will be closed when loop i has answered; nil if it will not.
func (p *Prober) ask(i int) chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := p.waiting[i]; c != nil {
		select {
		case <-c:
		default:
			return c
		}
	}
	c := make(chan struct{})
	if !p.engine.Loop(i).Post(func() { close(c) }) {
		return nil
	}
	p.waiting[i] = c
	return c
}

type livez struct{ *Prober }

// ServeHTTP implements http.Handler.
func (l livez) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), LiveWithin)
	defer cancel()
	silent := l.Silent(ctx)
	if silent == nil {
		plain(w, http.StatusOK, "ok\n")
		return
	}
	var b strings.Builder
	for _, i := range silent {
		fmt.Fprintf(&b, "loop %d did not answer within %v\n", i, LiveWithin)
	}
	plain(w, http.StatusServiceUnavailable, b.String())
}

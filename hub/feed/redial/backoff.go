package redial

import (
	"math/rand/v2"
	"time"
)

// Backoff is how long to wait before connecting again. The wait is anything from zero to a ceiling that doubles each
// time ("full jitter"): clients that were cut off together come back evenly spread.
type Backoff struct {
	Base time.Duration // the first ceiling; 0: 250 ms
	Cap  time.Duration // the last ceiling; 0: 10 s
	// Steady is how long a connection must have held for the next wait to begin at Base again; 0: Cap. Otherwise a
	// server that accepts and at once sends away would be asked at the shortest interval for ever.
	Steady time.Duration

	tries int
}

const (
	defaultBase = 250 * time.Millisecond
	defaultCap  = 10 * time.Second
)

func (b *Backoff) complete() {
	if b.Base == 0 {
		b.Base = defaultBase
	}
	if b.Cap == 0 {
		b.Cap = defaultCap
	}
	if b.Steady == 0 {
		b.Steady = b.Cap
	}
}

// Next is the wait after a connection that held for so long (0: there was none). atLeast is what the server has asked
// for; the jitter comes on top. A Backoff belongs to one goroutine.
func (b *Backoff) Next(held, atLeast time.Duration) time.Duration {
	b.complete()
	if held >= b.Steady {
		b.tries = 0
	}
	ceiling := b.Cap
	if b.tries < 32 {
		ceiling = min(b.Cap, b.Base<<b.tries)
	}
	b.tries++
	return atLeast + rand.N(max(1, ceiling))
}

// Anew is b as it was before the first wait.
func (b Backoff) Anew() Backoff {
	b.tries = 0
	return b
}

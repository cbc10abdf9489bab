package exam

import (
	"sync"
	"time"
)

// event is something the server did.
type event struct {
	kind    eventKind
	op      byte   // of a message
	content []byte // of a message, pong or Close frame
	head    []byte // the first bytes of the last frame it is made of
	err     error  // of kind ended: why
}

type eventKind uint8

const (
	nothing eventKind = iota // patience ran out
	gotMessage
	gotPong
	gotClose
	ended // the last event: EOF, reset, deadline, or bytes that are no frame
)

// inbox holds what the reader has seen and the case has not asked for yet. It
// has no bound, because a case that is still sending must not keep the server
// from sending: neither side would ever get on.
type inbox struct {
	mu     sync.Mutex
	events []event
	ready  chan struct{} // holds one token while events may be non-empty
}

func (b *inbox) put(e event) {
	b.mu.Lock()
	b.events = append(b.events, e)
	b.mu.Unlock()
	select {
	case b.ready <- struct{}{}:
	default:
	}
}

func (b *inbox) take() (event, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.events) == 0 {
		return event{}, false
	}
	e := b.events[0]
	b.events[0] = event{} // lets go of the content
	if e.kind != ended {  // which stays, for whoever asks again
		b.events = b.events[1:]
	} else {
		b.events[0] = e
	}
	return e, true
}

// next is the oldest event. Without patience (0) it waits for as long as it
// takes, because the reader always ends with an event of kind ended; with it,
// the answer may be an event of kind nothing.
func (b *inbox) next(patience time.Duration) event {
	var timeout <-chan time.Time
	if patience > 0 {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		timeout = timer.C
	}
	for {
		if e, ok := b.take(); ok {
			return e
		}
		select {
		case <-b.ready:
		case <-timeout:
			return event{}
		}
	}
}

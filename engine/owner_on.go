//go:build race || invariants

package engine

import (
	"bytes"
	"runtime"
	"strconv"
)

// owner checks, in builds with the race detector or the invariants tag, that a loop's
// state is touched by its own goroutine alone.
type owner struct{ id uint64 }

// enter notes that the host is calling the loop on this goroutine.
func (o *owner) enter() { o.id = goroutineID() }

// check panics when the caller is not on the loop.
func (o *owner) check() {
	if id := goroutineID(); id != o.id {
		panic("engine: a Conn was used on goroutine " + strconv.FormatUint(id, 10) + ", but its loop runs on " +
			strconv.FormatUint(o.id, 10) + ": keep its Ref and use Ref.Post from other goroutines")
	}
}

// scribble overwrites a message after its callback, so that who kept the slice finds out.
func (o *owner) scribble(p []byte) {
	for i := range p {
		p[i] = 0xA5
	}
}

func goroutineID() uint64 {
	var buf [64]byte
	b := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	id, _ := strconv.ParseUint(string(b[:bytes.IndexByte(b, ' ')]), 10, 64)
	return id
}

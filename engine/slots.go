package engine

import (
	"sync/atomic"

	"github.com/weir-ws/weir/frame"
)

const slotBlock = 1024

// slots is a loop's table of connections. The generations are atomics in blocks that
// never move, so that a Ref can tell from any goroutine whether its connection is
// still there; the pointers belong to the loop alone.
type slots struct {
	conns []*Conn
	born  []uint32 // by slot: the loop time at which it was taken, in seconds
	free  []uint32

	blocks atomic.Pointer[[]*[slotBlock]atomic.Uint32]
}

// put gives c a slot. A generation is odd while its slot is taken.
func (s *slots) put(c *Conn) {
	if len(s.free) == 0 {
		s.extend()
	}
	n := len(s.free) - 1
	c.slot = s.free[n]
	s.free = s.free[:n]
	s.conns[c.slot] = c
	c.gen = s.gen(c.slot).Add(1)
}

func (s *slots) remove(c *Conn) {
	s.conns[c.slot] = nil
	s.gen(c.slot).Add(1)
	s.free = append(s.free, c.slot)
}

// get returns the connection of r, or nil if it is gone. On the loop only.
func (s *slots) get(r Ref) *Conn {
	if c := s.conns[r.slot]; c != nil && c.gen == r.gen {
		return c
	}
	return nil
}

// alive is get for any goroutine.
func (s *slots) alive(r Ref) bool { return s.gen(r.slot).Load() == r.gen }

func (s *slots) gen(slot uint32) *atomic.Uint32 {
	return &(*s.blocks.Load())[slot/slotBlock][slot%slotBlock]
}

func (s *slots) extend() {
	var old []*[slotBlock]atomic.Uint32
	if p := s.blocks.Load(); p != nil {
		old = *p
	}
	blocks := append(old[:len(old):len(old)], new([slotBlock]atomic.Uint32))
	s.blocks.Store(&blocks)
	base := uint32(len(s.conns))
	s.conns = append(s.conns, make([]*Conn, slotBlock)...)
	s.born = append(s.born, make([]uint32, slotBlock)...)
	for i := uint32(slotBlock); i > 0; i-- {
		s.free = append(s.free, base+i-1)
	}
}

// Ref names a connection from any goroutine, and outlives it. The zero Ref names none.
type Ref struct {
	loop *Loop
	slot uint32
	gen  uint32
}

// Post runs f on the connection's loop, after everything posted there before. It
// reports false if the connection or its engine is gone already; if the connection goes
// before f's turn comes, f does not run. Any goroutine may call it; it never blocks.
func (r Ref) Post(f func(*Conn)) bool {
	if r.loop == nil || !r.loop.slots.alive(r) {
		return false
	}
	return r.loop.post(task{cfn: f, ref: r})
}

// Send posts one message. p is copied; opcodes are as for Conn.Send. False as for Post, or if the opcode may
// not be sent. Any goroutine may call it.
func (r Ref) Send(op frame.Op, p []byte) bool {
	if !sendable(op, len(p)) {
		return false
	}
	m := frame.NewMessage(op, p)
	return r.Post(func(c *Conn) { c.SendMessage(m) })
}

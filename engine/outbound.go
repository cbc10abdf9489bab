package engine

import "github.com/weir-ws/weir/frame"

const (
	// coalesceLimit is the size up to which a run of frames is copied into one buffer
	// before it is written. A larger run goes by writev, without a copy.
	coalesceLimit = 64 << 10
	// copyFrameLimit is the average frame size above which copying costs more than an iovec entry.
	copyFrameLimit = 4 << 10
	// chainsKept bounds the chains, and with them the messages, that a loop holds for reuse while it
	// never gets to the end of its dirty list.
	chainsKept = 1024
	// maxIovec stays below every system's IOV_MAX of 1024.
	maxIovec = 512
)

// chain is a run of frames that connections have yet to write in this turn, as a list
// from its newest frame back to the root. Connections that were sent the same frames in
// the same order stand on the same chain, so a delivery costs a connection one
// pointer, and the run is made contiguous once for all of them. There is a root for each wire form, so connections
// with and without compression stand on chains of their own.
type chain struct {
	prev  *chain
	msg   *frame.Message
	wire  []byte // msg in the form of this chain's root
	form  frame.Variant
	next  *chain // the latest chain that extends this one
	count int
	size  int
	flat  []byte // all frames in one piece, made by the first connection that writes them
}

// chainPool makes chains and takes them all back at the end of a turn.
type chainPool struct {
	used []*chain
	free []*chain
	flat [][]byte // spare buffers for chain.flat

	codec *codec // makes the Deflated form; nil without compression

	runs [2]runStep // by wire form
}

// runStep is the latest run of this turn, which led from one chain to another.
type runStep struct {
	run      *frame.Run
	from, to *chain
}

// extend returns the chain that is p and then m. It is small enough to be inlined, because a fan-out does nothing else for
// all members but the first.
func (cp *chainPool) extend(p *chain, m *frame.Message) *chain {
	if n := p.next; n != nil && n.msg == m {
		return n
	}
	return cp.lengthen(p, m)
}

// lengthen makes that chain.
func (cp *chainPool) lengthen(p *chain, m *frame.Message) *chain {
	var n *chain
	if k := len(cp.free); k > 0 {
		n = cp.free[k-1]
		cp.free = cp.free[:k-1]
	} else {
		n = new(chain)
	}
	wire := m.Wire()
	if p.form != frame.Plain {
		wire = cp.codec.shared(m)
	}
	*n = chain{prev: p, msg: m, wire: wire, form: p.form, count: p.count + 1, size: p.size + len(wire)}
	cp.used = append(cp.used, n)
	p.next = n
	return n
}

// extendRun returns the chain that is p and then the messages of r; nil if an application may not send one of them.
func (cp *chainPool) extendRun(p *chain, r *frame.Run) *chain {
	last := &cp.runs[p.form]
	if last.run == r && last.from == p {
		return last.to
	}
	end := p
	for _, m := range r.Messages() {
		if !mayBeSent(m) {
			return nil
		}
		end = cp.extend(end, m)
	}
	*last = runStep{r, p, end}
	return end
}

// recycle takes back every chain. No connection may stand on one.
func (cp *chainPool) recycle(roots *[2]chain) {
	if len(cp.used) == 0 {
		return
	}
	cp.uproot(roots)
	for i, n := range cp.used {
		if n.flat != nil && cap(n.flat) <= coalesceLimit && len(cp.flat) < 64 {
			cp.flat = append(cp.flat, n.flat[:0])
		}
		*n = chain{}
		if len(cp.free) < 4096 {
			cp.free = append(cp.free, n)
		}
		cp.used[i] = nil
	}
	cp.used = cp.used[:0]
}

// abandon leaves the chains in use to their connections and the garbage collector.
func (cp *chainPool) abandon(roots *[2]chain) {
	cp.uproot(roots)
	clear(cp.used)
	cp.used = cp.used[:0]
}

// uproot lets go of everything that led on from the roots.
func (cp *chainPool) uproot(roots *[2]chain) {
	roots[frame.Plain].next, roots[frame.Deflated].next = nil, nil
	cp.runs = [2]runStep{}
	if cp.codec != nil {
		clear(cp.codec.casts)
	}
}

// copies tells whether the run is better written as one copied piece than by writev.
func (n *chain) copies() bool {
	return n.count > 1 && n.size <= coalesceLimit && n.size <= n.count*copyFrameLimit
}

// bytes returns the run in one piece, filled from its newest frame backwards.
func (n *chain) bytes(cp *chainPool) []byte {
	if n.flat == nil {
		var b []byte
		if k := len(cp.flat); k > 0 && cap(cp.flat[k-1]) >= n.size {
			b = cp.flat[k-1][:n.size]
			cp.flat = cp.flat[:k-1]
		} else {
			b = make([]byte, n.size, max(n.size, 4<<10))
		}
		end := n.size
		for p := n; p.msg != nil; p = p.prev {
			end -= len(p.wire)
			copy(b[end:], p.wire)
		}
		n.flat = b
	}
	return n.flat
}

// frames appends the run's frames to v, oldest first.
func (n *chain) frames(v [][]byte) [][]byte {
	base := len(v)
	for range n.count {
		v = append(v, nil)
	}
	for p, i := n, base+n.count-1; p.msg != nil; p, i = p.prev, i-1 {
		v[i] = p.wire
	}
	return v
}

// backlog is what a connection could not write because its socket was full: references
// to wire bytes, most of them shared with other connections, and how far the first has gone.
type backlog struct {
	queue [][]byte
	head  int  // queue[:head] is written
	off   int  // bytes of queue[head] that are written
	size  int  // unwritten bytes
	begun bool // queue[head] starts inside a frame whose beginning is out already

	stalled int64 // loop time since when the socket has taken nothing
	retry   int64 // loop time of the next attempt
	wait    int64 // the pause before that attempt, doubled while nothing moves
}

func (b *backlog) push(w []byte) {
	if b.head > 32 && b.head*2 >= len(b.queue) {
		n := copy(b.queue, b.queue[b.head:])
		clear(b.queue[n:])
		b.queue, b.head = b.queue[:n], 0
	}
	b.queue = append(b.queue, w)
	b.size += len(w)
}

// advance notes that n more bytes were written.
func (b *backlog) advance(n int) {
	b.size -= n
	for n > 0 {
		left := len(b.queue[b.head]) - b.off
		if n < left {
			b.off += n
			return
		}
		n -= left
		b.queue[b.head] = nil
		b.head++
		b.off = 0
		b.begun = false
	}
}

// vector appends what may be written next to v, at most maxIovec slices.
func (b *backlog) vector(v [][]byte) [][]byte {
	q := b.queue[b.head:]
	q = q[:min(len(q), maxIovec)]
	v = append(v, q...)
	if b.off > 0 {
		v[len(v)-len(q)] = q[0][b.off:]
	}
	return v
}

// cut drops all that has not begun to go out, and keeps the rest of a frame that has: a frame cannot be taken
// back halfway. The first held bytes have begun, too: they are encrypted.
func (b *backlog) cut(held int) (dropped int) {
	keep, reach := 0, -b.off
	for b.head+keep < len(b.queue) && (reach < held || keep == 0 && (b.off > 0 || b.begun)) {
		reach += len(b.queue[b.head+keep])
		keep++
	}
	tail := b.queue[b.head+keep:]
	for _, w := range tail {
		dropped += len(w)
	}
	clear(tail)
	b.queue = b.queue[:b.head+keep]
	b.size -= dropped
	return dropped
}

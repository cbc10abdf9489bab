package load

// burst is messages that were handed over as one.
type burst struct {
	due  int64
	left int64 // deliveries outstanding
}

// bursts are those in flight, in order, in a ring that grows.
type bursts struct {
	size  uint64 // messages in each
	base  uint64 // the first message of burst 0
	ring  []burst
	first uint64 // the oldest in flight
	next  uint64
}

func newBursts(size int, base uint64) bursts {
	return bursts{size: uint64(size), base: base, ring: make([]burst, 64)}
}

func (b *bursts) inFlight() int { return int(b.next - b.first) }

func (b *bursts) of(seq uint64) uint64 {
	if b.size == 1 {
		return seq - b.base
	}
	return (seq - b.base) / b.size
}

func (b *bursts) at(n uint64) *burst { return &b.ring[n&uint64(len(b.ring)-1)] }

func (b *bursts) push(due, left int64) {
	if b.inFlight() == len(b.ring) {
		bigger := bursts{ring: make([]burst, 2*len(b.ring))}
		for n := b.first; n < b.next; n++ {
			*bigger.at(n) = *b.at(n)
		}
		b.ring = bigger.ring
	}
	*b.at(b.next) = burst{due: due, left: left}
	b.next++
}

// settle forgets the oldest that everybody has, and gives the first message that somebody lacks.
func (b *bursts) settle() (lacking uint64) {
	for b.first < b.next && b.at(b.first).left == 0 {
		b.first++
	}
	return b.base + b.first*b.size
}

// left is the deliveries outstanding of all in flight.
func (b *bursts) left() (n int64) {
	for i := b.first; i < b.next; i++ {
		n += b.at(i).left
	}
	return n
}

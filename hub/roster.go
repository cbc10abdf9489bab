package hub

// roster is the members of one room on one loop. Only the loop's goroutine touches the
// list; count belongs to the room lock.
//
// The list is made of blocks. One slice of a million members would be copied as it grows,
// 24 MB at once on the loop, and be up to twice too large afterwards; blocks are never
// copied and waste less than one block. The first block grows by doubling, so that the
// small rooms, which are most rooms, stay small: one member costs one entry.
type roster struct {
	room  *room
	lane  *lane
	count int32  // members, joins under way included; -1: no longer part of the room
	n     uint32 // entries in use, holes included
	head  []entry
	rest  []*[blockLen]entry

	pinned bool // the room has appeared and the loop does not know yet; belongs to the room lock
}

// A block of 2048 entries is six pages exactly. (1024 entries would be a size class of the
// allocator, but for the 8 bytes that it adds to small objects with pointers: 11 % lost.)
const (
	blockBits = 11
	blockLen  = 1 << blockBits
	blockMask = blockLen - 1
)

// entry is one member of a roster.
type entry struct {
	m    Member // nil: a hole, left during a fan-out, filled after it
	slot uint32 // where in the member's Memberships this membership is
}

func (r *roster) entry(i uint32) *entry {
	if i < blockLen {
		return &r.head[i]
	}
	return &r.rest[i>>blockBits-1][i&blockMask]
}

// append adds an entry and returns its place.
func (r *roster) append(e entry) (pos uint32) {
	pos = r.n
	if pos < blockLen {
		if int(pos) == cap(r.head) {
			r.resizeHead(max(1, 2*pos))
		}
		r.head = r.head[:pos+1]
	} else if int(pos>>blockBits) > len(r.rest) {
		r.rest = append(r.rest, new([blockLen]entry))
	}
	r.n++
	*r.entry(pos) = e
	return pos
}

// remove takes the entry out. While the roster is being fanned out, also between two turns,
// no entry may change its place, or one behind the current place would get into the part
// that was done: then a hole is left, and filled by lane.fill.
func (r *roster) remove(pos uint32) {
	if r.lane.cur == r {
		r.entry(pos).m = nil
		r.lane.holes = append(r.lane.holes, pos)
		return
	}
	r.fill(pos)
}

// fill moves the last entry to pos, which no longer counts.
func (r *roster) fill(pos uint32) {
	last := r.n - 1
	e := r.entry(last)
	if pos != last {
		*r.entry(pos) = *e
		ms := e.m.Memberships().at(e.slot)
		if invariants && (ms.roster != r || ms.pos != last || ms.waiting) {
			panic("hub: a roster entry and its membership do not point at each other")
		}
		ms.pos = pos
	}
	*e = entry{}
	r.n = last
	r.shrink()
}

// shrink gives memory back late enough that a member coming and going costs nothing: a
// block when half of the one before is empty too, half of the head when a quarter is in use.
func (r *roster) shrink() {
	if b := len(r.rest); b > 0 {
		if (b+1)*blockLen-int(r.n) >= blockLen+blockLen/2 {
			r.rest[b-1] = nil
			r.rest = r.rest[:b-1]
		}
		return
	}
	r.rest = nil
	r.head = r.head[:min(r.n, blockLen)]
	if c := uint32(cap(r.head)); c >= 16 && r.n <= c/4 {
		r.resizeHead(c / 2)
	}
}

func (r *roster) resizeHead(size uint32) {
	head := make([]entry, len(r.head), size)
	copy(head, r.head)
	r.head = head
}

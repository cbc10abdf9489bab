package hub

// holdKind is why a Hold holds.
type holdKind uint8

const (
	holdsNothing holdKind = iota
	holdsDropped
	holdsSlow
	holdsPaced
	holdKinds
)

// enter counts h among those that hold something.
func (h *Hold) enter() {
	kind := holdsSlow
	switch {
	case h.drop:
		kind = holdsDropped
	case h.closed:
		kind = holdsPaced
	}
	if h.held != kind {
		h.leave()
		h.held = kind
		h.in.holding[kind]++
	}
}

func (h *Hold) leave() {
	if h.held != holdsNothing {
		h.in.holding[h.held]--
		h.held = holdsNothing
	}
}

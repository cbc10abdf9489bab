package frame

import (
	"fmt"
	"math"
)

// Limits is what a [Decoder] may let the peer do. It is the same for all
// connections of one kind and is only read, so they can share one.
type Limits struct {
	// MaxMessage is the largest payload of one message in bytes, over all its
	// frames and as sent. 0: no limit. A compressed one may be an eighth larger, because
	// DEFLATE makes some messages longer; what it inflates to is for [InflateLimits] to judge.
	MaxMessage int64
	// MaxFragments is the number of frames a message may have whatever their
	// size; with more, they must average MinFragment bytes. 0: no limit.
	MaxFragments int
	// MinFragment is that average in bytes.
	MinFragment int
	// RSV1 says that permessage-deflate was negotiated, which makes RSV1 legal
	// on the first frame of a message.
	RSV1 bool
	// Client says that we are the client, so that frames must come unmasked.
	// Otherwise they must come masked.
	Client bool
}

// admit refuses what the first two bytes of a header make illegal on this
// connection and at this point of it. It goes by bytes, like parseHeader, so
// that the verdict does not depend on where the input was cut.
func (d *Decoder) admit(b []byte, lim *Limits) *Error {
	if e := checkFirst(b[0]); e != nil {
		return e
	}
	op, rsv := Op(b[0]&0xF), b[0]>>4&7
	// RFC 6455 5.2: "MUST be 0 unless an extension is negotiated that defines
	// meanings for non-zero values." RFC 7692 6.1 defines RSV1 on the first
	// frame of a data message, nowhere else.
	if rsv&^RSV1 != 0 {
		return violation("RSV2 or RSV3 is set, no extension uses them")
	}
	if rsv != 0 && !(lim.RSV1 && op.IsData()) {
		if lim.RSV1 {
			return violation("RSV1 on a %s frame: only a message's first frame may have it", op)
		}
		return violation("RSV1 is set, but no compression was negotiated")
	}
	// RFC 6455 5.4: "The fragments of one message MUST NOT be interleaved
	// between the fragments of another message unless an extension has been
	// negotiated that can interpret the interleaving."
	if op == OpContinuation && d.op == 0 {
		return violation("continuation frame, but no message is open")
	}
	if op.IsData() && d.op != 0 {
		return violation("new %s frame before the %s message was finished", op, d.op)
	}
	// RFC 6455 5.1: "The server MUST close the connection upon receiving a
	// frame that is not masked. [...] A client MUST close a connection if it
	// detects a masked frame."
	if len(b) > 1 && (b[1]&bitMask != 0) == lim.Client {
		if lim.Client {
			return violation("masked frame from a server")
		}
		return violation("unmasked frame from a client")
	}
	return nil
}

// open starts the frame of head and settles, from what it declares, whether its
// message stays within the limits.
func (d *Decoder) open(lim *Limits) *Error {
	h := &d.head
	d.left, d.inFrame = h.Length, true
	if h.Op.IsControl() {
		return nil
	}
	if h.Op.IsData() {
		d.op, d.compressed = h.Op, h.RSV&RSV1 != 0
		d.total, d.frags = 0, 0
	}
	// Written so that no sum can overflow, whatever a 63-bit length says.
	limit := lim.size(d.compressed)
	if h.Length > limit-d.total {
		return &Error{StatusTooBig, fmt.Sprintf("message over the limit of %d bytes", limit)}
	}
	d.total += h.Length
	d.frags++
	if fragment := !h.Fin || h.Op == OpContinuation; fragment && h.Length < int64(lim.MinFragment) {
		d.tiny++
	}
	// Each fragment costs a header's work whatever it carries; the byte limit
	// alone would let a message be a million empty ones.
	if lim.MaxFragments > 0 && d.frags > lim.MaxFragments && d.total/int64(d.frags) < int64(lim.MinFragment) {
		return &Error{StatusPolicyViolation, fmt.Sprintf("message in more than %d fragments of under %d bytes on average",
			lim.MaxFragments, lim.MinFragment)}
	}
	return nil
}

// size returns the largest payload that a message may have on the wire. DEFLATE makes what it cannot compress longer, by an
// eighth if its sender knows no better than to use a fixed code.
func (lim *Limits) size(compressed bool) int64 {
	switch {
	case lim.MaxMessage <= 0:
		return math.MaxInt64
	case compressed && lim.MaxMessage < math.MaxInt64/2:
		return lim.MaxMessage + lim.MaxMessage/8 + 64
	}
	return lim.MaxMessage
}

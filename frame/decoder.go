package frame

import "github.com/valyala/bytebufferpool"

// Event is a message or a control frame that has arrived whole.
type Event struct {
	Op         Op     // OpText, OpBinary, OpClose, OpPing, OpPong; 0: nothing is complete yet
	Payload    []byte // unmasked; may be changed, dies at the next Next or Reset
	Compressed bool   // RSV1 was set: Payload is deflated, and text not yet checked to be UTF-8
}

// Decoder turns the bytes of one connection, cut anywhere, into messages and
// control frames. The zero value is ready. It is used by one goroutine at a
// time, that of the connection's loop.
//
// Between messages it is Idle and holds nothing, so one Decoder can serve many
// connections in turn; only one that is in the middle of something has to
// keep its own.
type Decoder struct {
	buf  *bytebufferpool.ByteBuffer // payload of the open, or the last given, message; nil: none
	dead *Error                     // what ended it

	head  Header // of the frame whose payload is arriving, while inFrame
	left  int64  // payload bytes of that frame still to come
	total int64  // payload bytes of the open message as declared so far
	frags int    // frames of the open message so far
	tiny  int    // fragments under Limits.MinFragment since TakeTiny

	op         Op   // of the open message; 0: none is open
	compressed bool // the open message's RSV1
	inFrame    bool // between a header and the end of its payload
	given      bool // the last event's payload lives in buf or small
	text       UTF8 // of the open text message; none may end inside a character, so it is new for the next

	// small keeps what is cut but needs no buffer: the start of a header, or of
	// a control frame's payload, never both.
	used  uint8
	small [MaxControl]byte
}

// Next reads p, the bytes that came next on the connection, up to the end of
// the first message or control frame that they complete, and returns that with
// the number of bytes it took. When nothing is completed ev.Op is 0 and all of
// p is taken, whatever p ends in the middle of. Call it until p is used up:
//
//	for len(p) > 0 {
//		ev, n, err := d.Next(p, lim)
//		...
//		p = p[n:]
//	}
//
// p is unmasked in place. A payload that lies whole in p is returned as a part
// of p, with no copy and no allocation; otherwise payload moves to a pooled
// buffer, so nothing of p is needed afterwards. ev.Payload is valid until the
// next call of Next or Reset. A Next with an empty p does nothing but end that
// validity and give the buffer back.
//
// err is an *[Error] that comes as early as the bytes allow: a declared length
// over the limit at the header, before anything is allocated; text that is not
// UTF-8 at the first impossible byte, in the middle of a frame. n is 0 then,
// the decoder is dead, and Next repeats the error until Reset. The payload of a
// close frame is not looked into; see [ParseClose]. lim must not be nil.
func (d *Decoder) Next(p []byte, lim *Limits) (ev Event, n int, err error) {
	if d.dead != nil {
		return Event{}, 0, d.dead
	}
	d.release()
	if d.op == 0 && d.used == 0 && !d.inFrame {
		ev, n, bad := whole(p, lim)
		if bad {
			return Event{}, 0, d.fail(&Error{StatusInvalidPayload, "text message is not valid UTF-8"})
		}
		if n > 0 {
			return ev, n, nil
		}
	}
	for n < len(p) {
		if !d.inFrame {
			k, e := d.begin(p[n:], lim)
			if e != nil {
				return Event{}, 0, d.fail(e)
			}
			if n += k; !d.inFrame {
				break // all of p was less than a header
			}
		}
		part := p[n:]
		if int64(len(part)) > d.left {
			part = part[:d.left]
		}
		n += len(part)
		if e := d.payload(part[:len(part):len(part)], lim, &ev); e != nil {
			return Event{}, 0, d.fail(e)
		}
		if ev.Op != 0 {
			break
		}
	}
	return ev, n, nil
}

// Idle reports whether d holds nothing: it stands between two messages and two
// frames, and no event's payload lives in it. So it is true from the start, and
// again after an event whose payload was a part of p; after one whose payload
// was put together it turns true with the following Next (an empty p will do)
// or Reset. After an error it is false until Reset.
func (d *Decoder) Idle() bool {
	return !d.inFrame && d.op == 0 && d.used == 0 && !d.given && d.dead == nil
}

// TakeTiny returns how many fragments under Limits.MinFragment bytes have begun since it was
// last called, for a caller that bounds their rate: within a message MaxFragments does, but
// the next message starts from zero.
func (d *Decoder) TakeTiny() int {
	n := d.tiny
	d.tiny = 0
	return n
}

// Reset forgets everything, the last event's payload included, and gives the
// buffer back. The decoder is as new.
func (d *Decoder) Reset() {
	d.drop()
	*d = Decoder{}
}

// release ends the validity of the last event.
func (d *Decoder) release() {
	if !d.given {
		return
	}
	d.given, d.used = false, 0
	// A control frame may have come in the middle of a message, whose buffer
	// has to stay.
	if d.op == 0 {
		d.drop()
	}
}

func (d *Decoder) fail(e *Error) error {
	d.Reset()
	d.dead = e
	return e
}

// begin reads a header, or as much of it as is there, from p and returns how
// many bytes of p it took.
func (d *Decoder) begin(p []byte, lim *Limits) (int, *Error) {
	b, had := p, int(d.used)
	if had > 0 {
		d.used += uint8(copy(d.small[had:MaxHeaderSize], p))
		b = d.small[:d.used]
	}
	if e := d.admit(b, lim); e != nil {
		return 0, e
	}
	n, e := parseHeader(b, &d.head)
	if e != nil {
		return 0, e
	}
	if n == 0 {
		if had == 0 {
			d.used = uint8(copy(d.small[:MaxHeaderSize], p))
		}
		return len(p), nil
	}
	d.used = 0
	return n - had, d.open(lim)
}

// payload takes the next bytes of the current frame's payload, perhaps none,
// and fills ev if they complete something.
func (d *Decoder) payload(p []byte, lim *Limits, ev *Event) *Error {
	if d.head.Masked {
		Mask(p, d.head.Key, int((d.head.Length-d.left)&3))
	}
	d.left -= int64(len(p))
	d.inFrame = d.left > 0
	if d.head.Op.IsControl() {
		d.control(p, ev)
		return nil
	}
	if d.op == OpText && !d.compressed {
		// A character that the rest of the message is too short for is as
		// impossible as a wrong byte.
		if !d.text.Feed(p) || d.head.Fin && int64(d.text.need) > d.left {
			return &Error{StatusInvalidPayload, "text message is not valid UTF-8"}
		}
	}
	done := d.head.Fin && !d.inFrame
	// Unless, with nothing kept before, the whole message is p.
	if d.buf != nil || !done {
		if len(p) > 0 {
			d.store(p, lim)
		}
		if !done {
			return nil
		}
		d.given = true
		p = d.buf.B[:len(d.buf.B):len(d.buf.B)]
	}
	ev.Op, ev.Payload, ev.Compressed = d.op, p, d.compressed
	d.op = 0
	return nil
}

// control takes payload of a control frame, which may come between the
// fragments of a message (RFC 6455 5.4) and so has room of its own.
func (d *Decoder) control(p []byte, ev *Event) {
	if d.used > 0 || d.inFrame {
		d.used += uint8(copy(d.small[d.used:], p))
		if d.inFrame {
			return
		}
		d.given = true
		p = d.small[:d.used:d.used]
	}
	ev.Op, ev.Payload = d.head.Op, p
}

package frame

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/flate"
)

// flushTail is what a sender has cut off its message (RFC 7692 7.2.2): "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end
// of the payload of the message."
var flushTail = [4]byte{0x00, 0x00, 0xff, 0xff}

// finalBlock is an empty stored block with BFINAL set. Behind flushTail it makes the message a DEFLATE stream that has an end,
// so that one which was cut inside a block shows.
var finalBlock = [5]byte{0x01, 0x00, 0x00, 0xff, 0xff}

// RatioFloor is how many bytes a message may inflate to whatever its ratio.
const RatioFloor = 64 << 10

// restartPrice is what going on behind a block with BFINAL counts for in [Inflater.Step], in bytes of output: the window is copied.
const restartPrice = 4 << 10

// Two bounds on work that leaves no output, because peers are not to be trusted: a message may have maxFinals blocks with BFINAL
// whatever its size (with more, they must average minFinal bytes), and from minPadded bytes on it may not be larger than DEFLATE makes
// what nothing makes smaller. Either is 1008.
const (
	maxFinals = 1024
	minFinal  = 32
	minPadded = 4 << 10
)

// InflateLimits is what a compressed message may become.
type InflateLimits struct {
	MaxMessage int64 // bytes of the inflated message; 0: no limit
	MaxRatio   int   // inflated bytes for each compressed one, beyond [RatioFloor]; 0: no limit
}

// Inflater inflates messages of permessage-deflate, one after the other. It takes 40 KB, and while it is at a message the
// compressed and the inflated bytes of that: a thing to have a few of, never one per connection. The zero value is
// ready. One goroutine at a time.
type Inflater struct {
	fr     io.Reader // a flate reader, which is a flate.Resetter too
	src    bytes.Reader
	in     []byte // the message's payload, flushTail, finalBlock
	out    []byte
	window []byte // the one given to Start
	text   UTF8
	isText bool
	finals int    // blocks with BFINAL so far
	past   []byte // the window behind a block with BFINAL, where it had to be put together
	limit  int64
	ratio  int // that limit comes from; 0: it is the limit of messages
}

// Start begins a message. payload is what its frames carried, together, and is copied. window is the last of what came
// before with context takeover, nil without; it must not change until Step is done. op says whether the
// result has to be UTF-8.
func (z *Inflater) Start(op Op, payload, window []byte, lim InflateLimits) {
	z.in = append(append(append(z.in[:0], payload...), flushTail[:]...), finalBlock[:]...)
	z.src.Reset(z.in)
	z.window = window
	if z.fr == nil {
		z.fr = flate.NewReaderDict(&z.src, window)
	} else {
		z.reset(window)
	}
	z.out, z.text, z.isText, z.finals = z.out[:0], UTF8{}, op == OpText, 0
	z.limit, z.ratio = int64(1)<<62, 0
	if lim.MaxMessage > 0 {
		z.limit = lim.MaxMessage
	}
	if n := max(RatioFloor, int64(lim.MaxRatio)*int64(len(payload))); lim.MaxRatio > 0 && n < z.limit {
		z.limit, z.ratio = n, lim.MaxRatio
	}
}

func (z *Inflater) tooBig() *Error {
	if z.ratio > 0 {
		return &Error{StatusTooBig, fmt.Sprintf("message inflates to more than %d times its size", z.ratio)}
	}
	return &Error{StatusTooBig, fmt.Sprintf("message inflates to more than the limit of %d bytes", z.limit)}
}

func (z *Inflater) reset(window []byte) {
	_ = z.fr.(flate.Resetter).Reset(&z.src, window) // never fails
}

// Step inflates until about n more bytes have come out, or the message is done; [Inflater.Message] is then complete. The error
// is 1009 for a message over a limit, found before more than a few KB beyond it were inflated; 1007 for corrupt data and
// for text that is not UTF-8; 1008 for one that is mostly empty blocks. After an error, or when the message is done, only Start may follow.
//
// RFC 7692 7.2.3 lets a message be several DEFLATE blocks of any type. A block with BFINAL set ends a DEFLATE stream but not the
// message: "The next DEFLATE block follows the padded data if any" (7.2.1).
func (z *Inflater) Step(n int) (done bool, err error) {
	for left := n; left > 0; {
		before := len(z.out)
		k, err := z.fr.Read(z.room())
		z.out = z.out[:before+k]
		left -= k
		switch {
		case int64(len(z.out)) > z.limit:
			return false, z.tooBig()
		case k > 0 && z.src.Len() < len(finalBlock): // a block that was cut took our own bytes for its data
			return false, errCorrupt
		case z.isText && !z.text.Feed(z.out[before:]):
			return false, errNotUTF8
		case err == nil:
		case err != io.EOF:
			return false, errCorrupt
		default:
			rest := z.src.Len()
			if rest == 0 || rest == len(finalBlock) { // our final block ended it, or one of the sender's own
				if z.isText && !z.text.Done() {
					return false, errNotUTF8
				}
				if len(z.in) > minPadded && len(z.in)-len(z.out) > len(z.out)/8+64 {
					return false, errPadded
				}
				return true, nil
			}
			if rest < len(finalBlock) {
				return false, errCorrupt
			}
			if z.finals++; z.finals > maxFinals && len(z.in)/z.finals < minFinal {
				return false, errFinals
			}
			z.reset(z.history())
			left -= restartPrice
		}
	}
	return false, nil
}

var (
	errCorrupt = &Error{StatusInvalidPayload, "compressed message is not valid DEFLATE data"}
	errPadded  = &Error{StatusPolicyViolation, "compressed message is larger than what it holds"}
	errFinals  = &Error{StatusPolicyViolation, "compressed message of more than 1024 final blocks of under 32 bytes on average"}
	errNotUTF8 = &Error{StatusInvalidPayload, "text message is not valid UTF-8"}
)

// history returns what a block of the message may refer to now.
func (z *Inflater) history() []byte {
	const size = 1 << MaxWindowBits
	if len(z.out) >= size || len(z.window) == 0 {
		return z.out[max(0, len(z.out)-size):]
	}
	z.past = SlideWindow(append(z.past[:0], z.window...), z.out, size)
	return z.past
}

// room returns free space behind the output, at least a byte and no more than shows that the limit is exceeded.
func (z *Inflater) room() []byte {
	if len(z.out) == cap(z.out) {
		size := max(2*cap(z.out), 4*len(z.in), 4<<10)
		if z.limit < int64(size) {
			size = max(int(z.limit)+1, len(z.out)+1)
		}
		z.out = append(make([]byte, 0, size), z.out...)
	}
	return z.out[len(z.out):cap(z.out)]
}

// Message returns what has been inflated. It may be changed, and is valid until the next Start.
func (z *Inflater) Message() []byte { return z.out[:len(z.out):len(z.out)] }

// Drop gives back the buffers that large messages have grown, and forgets the message. It is for when no more come for
// a while: to grow them anew for each of many is work for the collector, which everybody waits for.
func (z *Inflater) Drop() {
	z.window = nil
	if cap(z.in) > maxSpare {
		z.in = nil
	}
	if cap(z.out) > maxSpare {
		z.out = nil
	}
	z.in, z.out = z.in[:0], z.out[:0]
}

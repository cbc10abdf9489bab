package frame

import "unicode/utf8"

// whole takes the usual frame in one go: a data message in a single masked frame without extensions that lies whole at the start of p.
// Anything else, what is wrong included, is left to the careful way (n is 0). bad: it was that, but its text is not UTF-8.
// 64 such frames of 128 bytes in one read cost 26 % less this way (BenchmarkDecoderInPlace).
func whole(p []byte, lim *Limits) (ev Event, n int, bad bool) {
	if len(p) < 6 || lim.Client {
		return Event{}, 0, false
	}
	op := Op(p[0] &^ bitFin)
	if p[0]&bitFin == 0 || (op != OpText && op != OpBinary) || p[1]&bitMask == 0 {
		return Event{}, 0, false
	}
	size, head := int(p[1]&^bitMask), 6
	switch {
	case size == len64:
		return Event{}, 0, false
	case size == len16:
		size, head = int(p[2])<<8|int(p[3]), 8
		if size < len16 {
			return Event{}, 0, false
		}
	}
	n = head + size
	if len(p) < n || lim.MaxMessage > 0 && int64(size) > lim.MaxMessage {
		return Event{}, 0, false
	}
	ev = Event{Op: op, Payload: p[head:n:n]}
	Mask(ev.Payload, [4]byte(p[head-4:head]), 0)
	return ev, n, op == OpText && !utf8.Valid(ev.Payload)
}

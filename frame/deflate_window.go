package frame

// SlideWindow moves p into window, which keeps the last size bytes, and returns it. It is what both sides of a connection with
// context takeover do with each compressed message. window grows with what it holds, never above size.
func SlideWindow(window, p []byte, size int) []byte {
	if len(p) > size {
		p = p[len(p)-size:]
	}
	keep := min(len(window), size-len(p))
	if need := keep + len(p); need > cap(window) {
		grown := make([]byte, keep, min(size, max(need, 2*cap(window))))
		copy(grown, window[len(window)-keep:])
		window = grown
	} else {
		copy(window, window[len(window)-keep:])
		window = window[:keep]
	}
	return append(window, p...)
}

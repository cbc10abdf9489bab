package exam

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
)

// deflateCodec speaks permessage-deflate with the standard library's compress/flate, which shares nothing with the libraries that servers
// in Go use for it.
type deflateCodec struct {
	serverKeeps, clientKeeps   bool
	serverWindow, clientWindow int // bytes

	w       *flate.Writer // nil before the first message
	out     bytes.Buffer
	r       io.ReadCloser // nil before the first message
	history []byte        // what the server's messages may refer to
}

// RSV implements [Codec]: RFC 7692 6, the "Per-Message Compressed" bit is RSV1.
func (d *deflateCodec) RSV() byte { return 4 }

// Encode implements [Codec].
//
// compress/flate uses all of a window of 32 KiB. Where less was agreed on the message is compressed in pieces of that size, each for
// itself: no distance can then be above it.
func (d *deflateCodec) Encode(content []byte) ([]byte, byte, error) {
	d.out.Reset()
	switch {
	case d.w == nil:
		d.w, _ = flate.NewWriter(&d.out, flate.BestSpeed) // a legal level
	case !d.clientKeeps || d.clientWindow < 1<<15:
		d.w.Reset(&d.out)
	}
	piece := len(content)
	if d.clientWindow < 1<<15 {
		piece = d.clientWindow
	}
	for rest := content; ; {
		n := min(piece, len(rest))
		_, _ = d.w.Write(rest[:n]) // a bytes.Buffer takes everything
		_ = d.w.Flush()
		if rest = rest[n:]; len(rest) == 0 {
			break
		}
		d.w.Reset(&d.out)
	}
	p := bytes.TrimSuffix(d.out.Bytes(), []byte{0x00, 0x00, 0xff, 0xff})
	return bytes.Clone(p), 4, nil
}

// Decode implements [Codec]. Where a small window was agreed on the slow [Inflate] holds the server to it.
func (d *deflateCodec) Decode(payload []byte, _ byte) (content []byte, err error) {
	if d.serverWindow < 1<<15 {
		content, err = Inflate(payload, d.history, d.serverWindow)
	} else {
		content, err = d.inflate(payload)
	}
	if err != nil {
		return nil, fmt.Errorf("permessage-deflate: %w", err)
	}
	if d.serverKeeps {
		d.history = append(d.history, content...)
		d.history = d.history[max(0, len(d.history)-1<<15):]
	}
	return content, nil
}

func (d *deflateCodec) inflate(payload []byte) ([]byte, error) {
	in := append(append([]byte(nil), payload...), 0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff)
	if d.r == nil {
		d.r = flate.NewReader(nil)
	}
	_ = d.r.(flate.Resetter).Reset(bytes.NewReader(in), d.history) // never fails
	var out bytes.Buffer
	if n, err := io.Copy(&out, io.LimitReader(d.r, maxContent+1)); err != nil || n > maxContent {
		return nil, fmt.Errorf("%w after %d bytes", err, n)
	}
	return out.Bytes(), nil
}

package engine_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/engine/exam"
	"github.com/weir-ws/weir/frame"
)

// deflating is the shortest configuration with compression.
func deflating(c engine.Compression) engine.Config {
	c.Enabled = true
	return engine.Config{Compression: c}
}

const offerDeflate = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"

// zclient is a client's half of compression: it does what the answer to its offer says, and holds the server to it.
type zclient struct {
	t                        testing.TB
	deflater                 *frame.Deflater
	serverBits, clientBits   int
	serverKeeps, clientKeeps bool
	sent, got                []byte // the windows
}

func newZclient(t testing.TB, answer string) *zclient {
	t.Helper()
	z := &zclient{t: t, deflater: frame.NewDeflater(6), serverBits: 15, clientBits: 15}
	if !strings.HasPrefix(answer, "permessage-deflate") {
		t.Fatalf("compression was declined: %q", answer)
	}
	z.serverKeeps = !strings.Contains(answer, "server_no_context_takeover")
	z.clientKeeps = !strings.Contains(answer, "client_no_context_takeover")
	for name, bits := range map[string]*int{"server_max_window_bits": &z.serverBits, "client_max_window_bits": &z.clientBits} {
		if m := regexp.MustCompile(name + "=([0-9]+)").FindStringSubmatch(answer); m != nil {
			*bits, _ = strconv.Atoi(m[1])
		}
	}
	return z
}

// pack returns p compressed.
func (z *zclient) pack(p []byte) []byte {
	out := z.deflater.Append(nil, p, z.sent, z.clientBits)
	if z.clientKeeps {
		z.sent = frame.SlideWindow(z.sent, p, 1<<z.clientBits)
	}
	return out
}

// frame returns p as a whole compressed frame.
func (z *zclient) frame(op frame.Op, p []byte) []byte { return packedFrame(op, z.pack(p)) }

func packedFrame(op frame.Op, payload []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, RSV: frame.RSV1, Op: op, Masked: true, Key: [4]byte{1, 2, 3, 4}}, payload)
}

// open returns the message in f, and whether it was compressed.
func (z *zclient) open(f enginetest.ServerFrame) (p []byte, packed bool) {
	z.t.Helper()
	if !f.Fin || f.RSV&^frame.RSV1 != 0 || f.RSV != 0 && !f.Op.IsData() {
		z.t.Fatalf("frame %+v", f.Header)
	}
	if f.RSV == 0 {
		return f.Payload, false
	}
	p, err := exam.Inflate(f.Payload, z.got, 1<<z.serverBits)
	if err != nil {
		z.t.Fatalf("a compressed message of %d bytes: %v", len(f.Payload), err)
	}
	if z.serverKeeps {
		z.got = frame.SlideWindow(z.got, p, 1<<15)
	}
	return p, true
}

// jsonText is n bytes of what feeds send.
func jsonText(n, seed int) []byte {
	b := make([]byte, 0, n+100)
	for i := seed; len(b) < n; i++ {
		b = fmt.Appendf(b, `{"symbol":"BTCUSDT","price":"%d.%02d","qty":"0.%04d","maker":%t},`, 60000+i*7919%1000, i*31%100, i*i*17%10000, i%3 == 0)
	}
	return b[:n]
}

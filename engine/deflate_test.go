package engine_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

func TestDeflateHandshake(t *testing.T) {
	both := engine.Compression{ServerContextTakeover: true, ClientContextTakeover: true}
	small := engine.Compression{ClientContextTakeover: true, ServerWindowBits: 10, ClientWindowBits: 9}
	for _, tc := range []struct {
		name   string
		cfg    engine.Config
		offer  string
		answer string
	}{
		{"off", engine.Config{}, "permessage-deflate", ""},
		{"off: malformed offers are not looked at", engine.Config{}, "permessage-deflate;", ""},
		{"on, and not offered", deflating(engine.Compression{}), "", ""},
		{"the default", deflating(engine.Compression{}), "permessage-deflate; client_max_window_bits", "permessage-deflate; server_no_context_takeover; client_no_context_takeover"},
		{"context takeover", deflating(both), "permessage-deflate; client_max_window_bits", "permessage-deflate"},
		{"small windows", deflating(small), "permessage-deflate; client_max_window_bits", "permessage-deflate; server_no_context_takeover; server_max_window_bits=10; client_max_window_bits=9"},
		{"declined", deflating(both), "permessage-deflate; server_max_window_bits=7", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var headers []string
			if tc.offer != "" {
				headers = append(headers, "Sec-WebSocket-Extensions: "+tc.offer)
			}
			if m := inMemory(t, tc.cfg, engine.Handler{}, headers...); m.extensions != tc.answer {
				t.Errorf("answered %q, want %q", m.extensions, tc.answer)
			}
		})
	}
}

func TestAcceptNoCompression(t *testing.T) {
	h := engine.Handler{Upgrade: func(*http.Request) (engine.Accept, error) { return engine.Accept{NoCompression: true}, nil }}
	m := inMemory(t, deflating(engine.Compression{}), h, offerDeflate)
	if m.extensions != "" {
		t.Errorf("answered %q", m.extensions)
	}
	m.Write(packedFrame(frame.OpText, []byte{0x00}))
	if code := closeCode(m.Frames()); code != frame.StatusProtocolError {
		t.Errorf("RSV1 got %d", code)
	}
}

// Echoes under every agreement there can be: what comes back is what was sent, within the windows agreed on, compressed from
// the threshold on, and with context takeover smaller for it.
func TestDeflateEcho(t *testing.T) {
	for _, server := range []bool{false, true} {
		for _, client := range []bool{false, true} {
			for _, bits := range []int{15, 12, 8} {
				if engine.RaceBuild && bits == 12 {
					continue
				}
				t.Run(fmt.Sprintf("server takeover %t, client takeover %t, %d bits", server, client, bits), func(t *testing.T) {
					cfg := deflating(engine.Compression{ServerContextTakeover: server, ClientContextTakeover: client, ServerWindowBits: bits, ClientWindowBits: bits})
					echoes(t, cfg, server, client)
				})
			}
		}
	}
}

func echoes(t *testing.T, cfg engine.Config, server, client bool) {
	h := engine.Handler{Message: func(c *engine.Conn, op frame.Op, p []byte) {
		if o := c.Send(op, p); o != engine.Sent {
			t.Errorf("%d bytes: %s", len(p), o)
		}
	}}
	m := inMemory(t, cfg, h, offerDeflate)
	z := newZclient(t, m.extensions)
	if z.serverKeeps != server || z.clientKeeps != client {
		t.Fatalf("answered %q", m.extensions)
	}
	for i, size := range []int{0, 1, 511, 512, 600, 600, 3000, 5000, 40_000, 70_000, 200_000, 512} {
		in := jsonText(size, i)
		for _, packed := range []bool{true, false} { // messages that are not compressed leave the windows alone
			if packed {
				m.Write(z.frame(frame.OpText, in))
			} else {
				m.Send(frame.OpText, in)
			}
			m.Settle()
			fs := m.Frames()
			if len(fs) != 1 {
				t.Fatalf("%d bytes: %d frames", size, len(fs))
			}
			out, compressed := z.open(fs[0])
			if fs[0].Op != frame.OpText || !bytes.Equal(out, in) || compressed != (size >= 512) {
				t.Fatalf("%d bytes: %s of %d bytes, compressed %t", size, fs[0].Op, len(out), compressed)
			}
			if size == 512 && i > 1 && server && len(fs[0].Payload) > 200 {
				t.Errorf("%d bytes with all of a window before them took %d", size, len(fs[0].Payload))
			}
		}
	}
	m.Ping(t)
}

// Ping sends a ping of 125 compressible bytes: control frames come back as they are, whatever was agreed on.
func (m *mem) Ping(t *testing.T) {
	t.Helper()
	payload := strings.Repeat("p", 125)
	m.Send(frame.OpPing, []byte(payload))
	if fs := m.Frames(); len(fs) != 1 || fs[0].Op != frame.OpPong || fs[0].RSV != 0 || string(fs[0].Payload) != payload {
		t.Errorf("ping: %v", fs)
	}
	m.on(func(c *engine.Conn) { c.Send(frame.OpPing, []byte(payload)) })
	if fs := m.Frames(); len(fs) != 1 || fs[0].Op != frame.OpPing || fs[0].RSV != 0 || string(fs[0].Payload) != payload {
		t.Errorf("our ping: %v", fs)
	}
}

// What does not get smaller goes out plainly, on every way that there is.
func TestDeflateThatDoesNotPay(t *testing.T) {
	for name, c := range map[string]engine.Compression{"shared": {}, "small window": {ServerWindowBits: 9}, "takeover": {ServerContextTakeover: true}} {
		noise := noise(3000)
		m := inMemory(t, deflating(c), echo(), offerDeflate)
		z := newZclient(t, m.extensions)
		shared := frame.NewMessage(frame.OpBinary, noise)
		m.Send(frame.OpBinary, noise)
		m.on(func(c *engine.Conn) { c.Send(frame.OpBinary, noise); c.SendMessage(shared) })
		m.ref.Send(frame.OpBinary, noise)
		m.Settle()
		fs := m.Frames()
		if len(fs) != 4 {
			t.Fatalf("%s: %d frames", name, len(fs))
		}
		for i, f := range fs {
			if p, packed := z.open(f); packed || !bytes.Equal(p, noise) {
				t.Errorf("%s: frame %d: compressed %t, %d bytes", name, i, packed, len(p))
			}
		}
		// The window has not moved for it: what is compressed next can still be read.
		text := jsonText(2000, 1)
		m.Send(frame.OpBinary, text)
		if p, packed := z.open(m.Frames()[0]); !packed || !bytes.Equal(p, text) {
			t.Errorf("%s: behind it: compressed %t, %d bytes", name, packed, len(p))
		}
	}
}

// noise is n bytes that nothing makes smaller.
func noise(n int) []byte {
	b, x := make([]byte, n), uint64(88172645463325252)
	for i := range b {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		b[i] = byte(x >> 32)
	}
	return b
}

func TestDeflateThreshold(t *testing.T) {
	for _, tc := range []struct {
		threshold, size int
		want            bool
	}{{0, 511, false}, {0, 512, true}, {100, 99, false}, {100, 100, true}, {-1, 150, true}, {-1, 0, false}} {
		m := inMemory(t, deflating(engine.Compression{Threshold: tc.threshold}), echo(), offerDeflate)
		z := newZclient(t, m.extensions)
		in := bytes.Repeat([]byte("a"), tc.size)
		m.Send(frame.OpText, in)
		m.on(func(c *engine.Conn) { c.SendMessage(frame.NewMessage(frame.OpText, in)) })
		for i, f := range m.Frames() {
			if p, packed := z.open(f); packed != tc.want || !bytes.Equal(p, in) {
				t.Errorf("threshold %d, %d bytes, frame %d: compressed %t, %d bytes", tc.threshold, tc.size, i, packed, len(p))
			}
		}
	}
}

// A crowd of all kinds on one loop gets the same messages: by SendMessage and by runs, in order, each in its form; and the
// shared form is made once, the one for a small window once, the one with context takeover for each.
func TestDeflateBroadcast(t *testing.T) {
	cfg := deflating(engine.Compression{ServerContextTakeover: true})
	offers := []string{
		"", "permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover; server_max_window_bits=9", "permessage-deflate",
	}
	const each, count = 5, 40
	var conns []*engine.Conn
	s := enginetest.New(t, cfg, engine.Handler{Open: func(c *engine.Conn) { conns = append(conns, c) }})
	var clients []*enginetest.Client
	var zs []*zclient
	for i := range each * len(offers) {
		c := s.Dial()
		if offer := offers[i%len(offers)]; offer == "" {
			c.Handshake("/")
			zs = append(zs, &zclient{t: t})
		} else {
			zs = append(zs, newZclient(t, c.Handshake("/", "Sec-WebSocket-Extensions: "+offer).Header.Get("Sec-Websocket-Extensions")))
		}
		clients = append(clients, c)
	}
	var want [][]byte
	var messages []*frame.Message
	large := 0
	for i := range count {
		p := jsonText(100+i*97, i)
		if len(p) >= 512 {
			large++
		}
		want = append(want, p)
		messages = append(messages, frame.NewMessage(frame.OpText, p))
	}
	runs := 0
	s.Engine().Loop(0).Post(func() {
		for at := 0; at < count; at += 4 {
			run := frame.NewRun(messages[at : at+4])
			for _, c := range conns {
				if at%8 == 0 && c.SendRun(run) {
					runs++
					continue
				}
				for _, m := range run.Messages() {
					c.SendMessage(m)
				}
			}
		}
	})
	s.Settle()
	for i, c := range clients {
		fs := c.Frames()
		if len(fs) != count {
			t.Fatalf("client %d got %d frames", i, len(fs))
		}
		for k, f := range fs {
			p, packed := zs[i].open(f)
			if !bytes.Equal(p, want[k]) || packed != (i%len(offers) > 0 && len(p) >= 512) {
				t.Fatalf("client %d, message %d: %d bytes, compressed %t", i, k, len(p), packed)
			}
		}
	}
	if n := s.Engine().Stats().Deflations; n != uint64(large*(1+1+each)) {
		t.Errorf("%d compressions for %d large messages", n, large)
	}
	if runs < each {
		t.Errorf("only %d runs were taken", runs)
	}
}

// The levels of a slow consumer are in bytes of the wire.
func TestDeflateBuffered(t *testing.T) {
	m := inMemory(t, deflating(engine.Compression{}), engine.Handler{}, offerDeflate)
	z := newZclient(t, m.extensions)
	m.Stall()
	text := jsonText(20_000, 3)
	shared := frame.NewMessage(frame.OpText, text)
	m.on(func(c *engine.Conn) {
		c.SendMessage(shared)
		c.Send(frame.OpText, text)
	})
	wire := len(shared.WireAs(frame.Deflated, nil))
	if wire >= 10_000 {
		t.Fatalf("20,000 bytes are %d when compressed", wire)
	}
	m.on(func(c *engine.Conn) {
		if got := c.Buffered(); got != 2*wire {
			t.Errorf("%d bytes are buffered, two messages of %d were sent", got, wire)
		}
		// As many as fit under the high watermark are taken: five times as many as if they were plain.
		n := 2
		for c.SendMessage(shared) == engine.Queued {
			n++
		}
		if want := (64<<10 + wire - 1) / wire; n != want {
			t.Errorf("%d messages were taken, want %d", n, want)
		}
	})
	m.Unstall()
	m.Advance(enginetest.TickIdle)
	for _, f := range m.Frames() {
		if p, packed := z.open(f); !packed || !bytes.Equal(p, text) {
			t.Fatalf("compressed %t, %d bytes", packed, len(p))
		}
	}
	if len(m.drains) != 1 {
		t.Errorf("Drain ran %d times", len(m.drains))
	}
}

package engine_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// heavy is a payload that is too large to be inflated on the loop.
func heavy(seed int) []byte { return jsonText(500_000, seed) }

// journal is a handler that writes down what it is called with.
func journal(log *[]string) engine.Handler {
	return engine.Handler{
		Message: func(c *engine.Conn, _ frame.Op, p []byte) {
			*log = append(*log, fmt.Sprintf("%d bytes %.12s", len(p), p))
			c.Send(frame.OpText, fmt.Appendf(nil, "got %d", len(p)))
		},
		Close: func(_ *engine.Conn, err error) {
			*log = append(*log, fmt.Sprintf("closed %d", err.(*engine.CloseError).Code))
		},
	}
}

func texts(m *mem) (s []string) {
	for _, f := range m.Frames() {
		s = append(s, f.Op.String()+" "+string(f.Payload))
	}
	return s
}

// What comes behind a message that is inflated apart waits, in order, whatever it is and however it is cut; nothing of it
// happens in the read itself, and other connections go on.
func TestInflatedApartKeepsOrder(t *testing.T) {
	for _, cut := range []int{0, 1, 7, 5000} {
		var log []string
		m := inMemory(t, deflating(engine.Compression{ClientContextTakeover: true}), journal(&log), offerDeflate)
		z := newZclient(t, m.extensions)
		other := m.Dial()
		other.Handshake("/")

		in := slices.Concat(
			z.frame(frame.OpText, jsonText(100, 7)),
			z.frame(frame.OpText, heavy(1)),
			z.frame(frame.OpText, jsonText(300, 2)), // refers to the window that the large one leaves
			plainText("plain"),
			z.frame(frame.OpText, heavy(3)),
			ping("p"),
			z.frame(frame.OpText, jsonText(50, 4)),
			closing(1000),
		)
		if cut == 0 {
			cut = len(in)
		}
		first := true
		for part := range slices.Chunk(in, cut) {
			m.Write(part)
			if len(log) > 1 && cut == len(in) && first {
				t.Errorf("in the read itself: %q", log)
			}
			first = false
			other.Send(frame.OpText, []byte("hi"))
			if fs := other.Frames(); len(fs) != 1 {
				t.Fatalf("another connection got %d answers", len(fs))
			}
		}
		log = slices.DeleteFunc(log, func(s string) bool { return strings.HasPrefix(s, "2 bytes hi") })
		m.Settle()
		m.CloseWrite()
		m.Settle()
		log = slices.DeleteFunc(log, func(s string) bool { return strings.HasPrefix(s, "2 bytes hi") })
		want := []string{`100 bytes {"symbol":"B`, `500000 bytes {"symbol":"B`, `300 bytes {"symbol":"B`, `5 bytes plain`, `500000 bytes {"symbol":"B`, `50 bytes {"symbol":"B`, "closed 1000"}
		if !slices.Equal(log, want) {
			t.Errorf("cut %d:\ngot  %q\nwant %q", cut, log, want)
		}
		if got := texts(m); !slices.Equal(got, []string{"text got 100", "text got 500000", "text got 300", "text got 5", "text got 500000", "pong p", "text got 50", "close \x03\xe8"}) {
			t.Errorf("cut %d: answers %q", cut, got)
		}
		if n := m.Engine().Stats().InflatedApart; n < 2 {
			t.Errorf("%d messages were inflated apart", n)
		}
		m.Advance(3 * time.Second) // buffers are kept until a tick after the last of their messages
		if s := engine.Leftovers(m.Engine().Loop(0)); strings.Contains(s, "inflat") {
			t.Error(s)
		}
	}
}

func plainText(s string) []byte { return masked2(frame.OpText, []byte(s)) }
func ping(s string) []byte      { return masked2(frame.OpPing, []byte(s)) }
func closing(code frame.Status) []byte {
	return masked2(frame.OpClose, frame.AppendClose(nil, code, ""))
}

func masked2(op frame.Op, p []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, Op: op, Masked: true, Key: [4]byte{9, 8, 7, 6}}, p)
}

// Whatever ends a connection while a message of it is inflated: Close runs once, nothing is held, and the message is handled only
// where it had been received in full by a connection that was then still good.
func TestInflatedApartAndTheEnd(t *testing.T) {
	for _, tc := range []struct {
		name string
		end  func(m *mem)
		want []string
	}{
		{"reset", func(m *mem) { m.Reset() }, []string{"closed 1006"}},
		{"FIN: what came before it is handled", func(m *mem) { m.CloseWrite() }, []string{"500000 bytes {\"symbol\":\"B", "2 bytes hi", "closed 1006"}},
		{"our close: data behind it is of no use", func(m *mem) {
			m.conn.Close(4000, "")
			m.Settle()
			m.Write(closing(4000))
		}, []string{"closed 4000"}},
		{"drain", func(m *mem) {
			m.Drain()
			m.Settle()
			m.Advance(10e9)
			m.Write(closing(1001))
		}, []string{"500000 bytes {\"symbol\":\"B", "2 bytes hi", "closed 1001"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log []string
			m := inMemory(t, deflating(engine.Compression{}), journal(&log), offerDeflate)
			z := newZclient(t, m.extensions)
			m.Write(append(z.frame(frame.OpText, heavy(1)), plainText("hi")...))
			if len(log) > 0 {
				t.Fatalf("handled at once: %q", log)
			}
			m.Engine().Loop(0).Post(func() {}) // stands behind the message in the loop's mailbox
			tc.end(m)
			m.Settle()
			m.CloseWrite()
			m.Settle()
			if !slices.Equal(log, tc.want) {
				t.Errorf("got %q, want %q", log, tc.want)
			}
			m.Advance(3 * time.Second) // buffers are kept until a tick after the last of their messages
			if s := engine.Leftovers(m.Engine().Loop(0)); strings.Contains(s, "inflat") || strings.Contains(s, "slot taken") {
				t.Error(s)
			}
		})
	}
}

// A peer that sends on and on behind such a message is served by the loop itself: no more than 64 KiB of it waits, and one read.
func TestInflatedApartBoundsWhatWaits(t *testing.T) {
	var log []string
	m := inMemory(t, deflating(engine.Compression{}), journal(&log), offerDeflate)
	z := newZclient(t, m.extensions)
	m.Write(z.frame(frame.OpText, heavy(1)))
	filler := masked2(frame.OpBinary, make([]byte, 4000))
	for i := range 30 {
		m.Write(filler)
		if n := engine.Waiting(m.conn); n > 64<<10 {
			t.Fatalf("after %d KB: %d bytes wait", 4*(i+1), n)
		}
	}
	if len(log) != 31 {
		t.Errorf("%d messages were handled before any turn", len(log))
	}
	m.Settle()
	if len(log) != 31 || engine.Waiting(m.conn) != 0 {
		t.Errorf("%d messages were handled in the end, %d bytes wait", len(log), engine.Waiting(m.conn))
	}
}

// What has the loop for its time goes apart: by its size, by what comes of it, and by what comes of so little.
func TestInflatedApartByRatio(t *testing.T) {
	pattern := func(unit, n int) []byte { return slices.Repeat(noise(unit), n) }
	for _, tc := range []struct {
		name  string
		in    []byte
		apart uint64
	}{
		{"an ordinary message", jsonText(100_000, 1), 0},
		{"12 times its size", pattern(8_000, 12), 0},
		{"a small one of any ratio", make([]byte, 16_000), 0},
		{"a thousand times its size", make([]byte, 100_000), 1},
		{"100 times its size", pattern(1_000, 120), 1},
		{"an ordinary message over the allowance", heavy(1), 1},
	} {
		var log []string
		m := inMemory(t, deflating(engine.Compression{MaxRatio: -1}), journal(&log), offerDeflate)
		m.Write(newZclient(t, m.extensions).frame(frame.OpBinary, tc.in))
		m.Settle()
		if n := m.Engine().Stats().InflatedApart; n != tc.apart || len(log) != 1 {
			t.Errorf("%s: %d inflated apart, want %d; handled %.50q", tc.name, n, tc.apart, log)
		}
	}
}

// Limits hold for what is inflated apart as well.
func TestInflatedApartLimits(t *testing.T) {
	bad := jsonText(400_000, 2)
	bad[399_000] = 0xff
	for name, tc := range map[string]struct {
		cfg  engine.Config
		in   []byte
		want frame.Status
	}{
		"size":  {engine.Config{MaxMessage: 400_000, Compression: engine.Compression{Enabled: true}}, heavy(1), frame.StatusTooBig},
		"ratio": {engine.Config{Compression: engine.Compression{Enabled: true, MaxRatio: 3}}, heavy(1), frame.StatusTooBig},
		"UTF-8": {engine.Config{Compression: engine.Compression{Enabled: true}}, bad, frame.StatusInvalidPayload},
	} {
		var log []string
		m := inMemory(t, tc.cfg, journal(&log), offerDeflate)
		z := newZclient(t, m.extensions)
		m.Write(slices.Concat(plainText("hi"), z.frame(frame.OpText, tc.in), plainText("never")))
		m.Settle()
		if code := closeCode(m.Frames()); code != tc.want || len(log) != 1 {
			t.Errorf("%s: closed with %d, handled %q", name, code, log)
		}
		if n := m.Engine().Stats().InflatedApart; n != 1 {
			t.Errorf("%s: %d were inflated apart", name, n)
		}
	}
}

// Small bombs in great number are a flood: each is within every limit, and together they are too many.
func TestManyBombsAreAFlood(t *testing.T) {
	cfg := deflating(engine.Compression{MaxRatio: -1})
	cfg.FloodRate, cfg.FloodBurst = 1, 16
	n := 0
	m := inMemory(t, cfg, engine.Handler{Message: func(*engine.Conn, frame.Op, []byte) { n++ }}, offerDeflate)
	z := newZclient(t, m.extensions)
	bomb := z.frame(frame.OpBinary, make([]byte, 128<<10)) // two tokens each
	for range 20 {
		m.Write(bytes.Clone(bomb))
		m.Settle()
	}
	if code := closeCode(m.Frames()); code != frame.StatusPolicyViolation || n != 8 {
		t.Errorf("closed with %d after %d bombs", code, n)
	}
}

package frame_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine/exam"
	"github.com/weir-ws/weir/frame"
)

// mixed is n bytes in which strings come again at every distance up to 64 KiB, and some never.
func mixed(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7692))
	b := make([]byte, 0, n+300)
	for len(b) < n {
		switch back := 1 + r.IntN(64<<10); {
		case back <= len(b) && r.IntN(4) > 0:
			from := len(b) - back
			b = append(b, b[from:min(len(b), from+4+r.IntN(200))]...)
		case r.IntN(2) == 0:
			b = append(b, strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(300))...)
		default:
			b = fmt.Appendf(b, `{"price":%d,"qty":%d},`, r.IntN(1e6), r.IntN(1e4))
		}
	}
	return b[:n]
}

// A server that has agreed to a window must never send a distance above it: the reference inflater refuses such.
func TestDeflaterHonoursWindows(t *testing.T) {
	sizes := []int{0, 1, 31, 33, 127, 129, 255, 256, 257, 258, 512, 600, 4096, 4097, 20_000, 32_768, 32_769, 70_000, 300_000}
	for level := 1; level <= 9; level++ {
		z := frame.NewDeflater(level)
		for bits := 8; bits <= 15; bits++ {
			if underRace && (level != 1 && level != 9 || bits%3 != 0) {
				continue
			}
			for _, size := range sizes {
				if size > 70_000 && level > 2 {
					continue
				}
				in := mixed(size, uint64(size+bits))
				packed := z.Append([]byte("kept"), in, nil, bits)
				if string(packed[:4]) != "kept" {
					t.Fatal("what was in dst is gone")
				}
				out, err := exam.Inflate(packed[4:], nil, 1<<bits)
				if err != nil || !bytes.Equal(out, in) {
					t.Fatalf("level %d, window of %d bits, %d bytes: %d bytes, %v", level, bits, size, len(out), err)
				}
			}
		}
	}
}

// With context takeover too, where the distances reach into earlier messages. The window is then what both sides make of it.
func TestDeflaterHonoursWindowsAcrossMessages(t *testing.T) {
	for _, level := range []int{1, 3, 6, 8} {
		z := frame.NewDeflater(level)
		for bits := 8; bits <= 15; bits++ {
			var window, history []byte
			text := mixed(150_000, uint64(bits))
			saved := 0
			for i := range 25 {
				in := text[i*1000 : i*1000+200+i*3000]
				packed := z.Append(nil, in, window, bits)
				out, err := exam.Inflate(packed, history, 1<<bits)
				if err != nil || !bytes.Equal(out, in) {
					t.Fatalf("level %d, window of %d bits, message %d: %d bytes, %v", level, bits, i, len(out), err)
				}
				saved += len(z.Append(nil, in, nil, bits)) - len(packed)
				window = frame.SlideWindow(window, in, 1<<bits)
				history = append(history, in...)
				if len(window) > 1<<bits || cap(window) > 1<<bits || !bytes.HasSuffix(history, window) {
					t.Fatalf("window of %d bytes (%d reserved) for %d bits", len(window), cap(window), bits)
				}
			}
			if bits == 15 && saved <= 0 {
				t.Errorf("level %d: context takeover saved %d bytes of similar messages", level, saved)
			}
		}
	}
}

func TestDeflaterKeepsNothing(t *testing.T) {
	z := frame.NewDeflater(1)
	in := mixed(5000, 1)
	first := z.Append(nil, in, nil, 15)
	z.Append(nil, mixed(9000, 2), mixed(3000, 3), 15)
	z.Append(nil, mixed(9000, 4), mixed(300, 3), 9)
	if again := z.Append(nil, in, nil, 15); !bytes.Equal(again, first) {
		t.Errorf("the same message came out in %d bytes, then in %d", len(first), len(again))
	}
}

// RFC 7692 7.2.3.6: an empty message is one byte, 0x00.
func TestDeflaterEmpty(t *testing.T) {
	if got := frame.NewDeflater(1).Append(nil, nil, nil, 15); !bytes.Equal(got, []byte{0x00}) {
		t.Errorf("% x", got)
	}
}

func TestDeflaterFrame(t *testing.T) {
	z := frame.NewDeflater(1)
	in := mixed(3000, 9)
	m := frame.NewMessage(frame.OpText, in)
	wire := m.WireAs(frame.Deflated, func(m *frame.Message) []byte { return z.Frame(m, 15) })
	h, n, err := frame.ParseHeader(wire)
	if err != nil || !h.Fin || h.RSV != frame.RSV1 || h.Op != frame.OpText || h.Masked || h.Length != int64(len(wire)-n) {
		t.Fatalf("header %+v, %v", h, err)
	}
	if out, err := exam.Inflate(wire[n:], nil, 1<<15); err != nil || !bytes.Equal(out, in) {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	if len(wire) >= m.Len() {
		t.Errorf("%d bytes compressed, %d plain", len(wire), m.Len())
	}

	noise := make([]byte, 1000)
	for i := range noise {
		noise[i] = byte(rand.Uint32())
	}
	for name, m := range map[string]*frame.Message{
		"what does not get smaller": frame.NewMessage(frame.OpBinary, noise),
		"a control frame":           frame.NewMessage(frame.OpPing, bytes.Repeat([]byte("a"), 125)),
		"what is compressed":        frame.NewCompressed(frame.OpText, bytes.Repeat([]byte("a"), 1000)),
		"what shall not be":         frame.NewUncompressed(frame.OpText, bytes.Repeat([]byte("a"), 1000)),
	} {
		if wire := z.Frame(m, 15); wire != nil {
			t.Errorf("%s: a frame of %d bytes", name, len(wire))
		}
		if got := m.WireAs(frame.Deflated, func(m *frame.Message) []byte { return z.Frame(m, 15) }); &got[0] != &m.Wire()[0] {
			t.Errorf("%s: not sent as it is", name)
		}
	}
}

func TestMessagesOfOneForm(t *testing.T) {
	for _, size := range []int{0, 125, 126, 65536} {
		for rsv, m := range map[uint8]*frame.Message{
			frame.RSV1: frame.NewCompressed(frame.OpText, pattern(size)), 0: frame.NewUncompressed(frame.OpText, pattern(size)),
		} {
			want := frame.AppendFrame(nil, frame.Header{Fin: true, RSV: rsv, Op: frame.OpText}, pattern(size))
			if !bytes.Equal(m.Wire(), want) || !bytes.Equal(m.Payload(), pattern(size)) || m.Op() != frame.OpText {
				t.Errorf("%d bytes, RSV %d: % x", size, rsv, m.Wire()[:2])
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a compressed ping was made")
		}
	}()
	frame.NewCompressed(frame.OpPing, nil)
}

func TestNewDeflaterLevels(t *testing.T) {
	for _, level := range []int{-2, 0, 10} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("level %d was taken", level)
				}
			}()
			frame.NewDeflater(level)
		}()
	}
}

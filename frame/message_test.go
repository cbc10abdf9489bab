package frame_test

import (
	"bytes"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/weir-ws/weir/frame"
)

func appender(payload []byte) func([]byte) []byte {
	return func(dst []byte) []byte { return append(dst, payload...) }
}

// Both ways of making a message, at every size where the header changes, and
// with hints that are right, too small and too large.
func TestMessageWire(t *testing.T) {
	for _, size := range []int{0, 1, 125, 126, 127, 65535, 65536, 65537, 1 << 20} {
		payload := pattern(size)
		want := frame.AppendFrame(nil, frame.Header{Fin: true, Op: frame.OpBinary}, payload)
		messages := map[string]*frame.Message{"NewMessage": frame.NewMessage(frame.OpBinary, payload)}
		for name, hint := range map[string]int{"exact": size, "none": 0, "small": size / 2, "large": 2*size + 10, "negative": -1} {
			messages["BuildMessage, hint "+name] = frame.BuildMessage(frame.OpBinary, hint, appender(payload))
		}
		for name, m := range messages {
			if !bytes.Equal(m.Wire(), want) {
				t.Errorf("%s, %d bytes: wire begins % x, want % x", name, size, m.Wire()[:2], want[:2])
			}
			if m.Op() != frame.OpBinary || m.Len() != len(want) || !bytes.Equal(m.Payload(), payload) {
				t.Errorf("%s, %d bytes: op %v, Len %d, payload of %d", name, size, m.Op(), m.Len(), len(m.Payload()))
			}
			if cap(m.Wire()) != len(m.Wire()) {
				t.Errorf("%s, %d bytes: appending to Wire would write into it", name, size)
			}
		}
	}
}

func TestNewMessageCopies(t *testing.T) {
	p := []byte("before")
	m := frame.NewMessage(frame.OpText, p)
	copy(p, "after!")
	if string(m.Payload()) != "before" {
		t.Errorf("the message changed to %q with the caller's bytes", m.Payload())
	}
}

func TestBuildMessageKeepsPayloadInPlace(t *testing.T) {
	var written *byte
	m := frame.BuildMessage(frame.OpText, 5, func(dst []byte) []byte {
		dst = append(dst, "hello"...)
		written = &dst[len(dst)-5]
		return dst
	})
	if unsafe.SliceData(m.Payload()) != written {
		t.Error("the payload was moved")
	}
}

func TestMessageKinds(t *testing.T) {
	for _, c := range []struct {
		name   string
		op     frame.Op
		size   int
		panics bool
	}{
		{"text", frame.OpText, 126, false},
		{"binary", frame.OpBinary, 126, false},
		{"ping at its limit", frame.OpPing, 125, false},
		{"close", frame.OpClose, 2, false},
		{"ping over its limit", frame.OpPing, 126, true},
		{"continuation", frame.OpContinuation, 1, true},
		{"reserved", 0x3, 1, true},
		{"reserved control", 0xb, 1, true},
		{"no opcode", 0x18, 1, true},
	} {
		for name, build := range map[string]func(){
			"NewMessage":   func() { frame.NewMessage(c.op, make([]byte, c.size)) },
			"BuildMessage": func() { frame.BuildMessage(c.op, c.size, appender(make([]byte, c.size))) },
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				defer func() {
					if r := recover(); (r != nil) != c.panics {
						t.Errorf("recovered %v", r)
					}
				}()
				build()
			})
		}
	}
}

func TestBuildMessageCutShortPanics(t *testing.T) {
	defer func() {
		if r, _ := recover().(string); !strings.Contains(r, "append to dst") {
			t.Errorf("recovered %q", r)
		}
	}()
	frame.BuildMessage(frame.OpText, 3, func([]byte) []byte { return []byte("new") })
}

// Many goroutines ask for both forms at once: one builds, all get its bytes.
func TestWireAs(t *testing.T) {
	m := frame.NewMessage(frame.OpText, []byte("hello"))
	deflated := frame.AppendFrame(nil, frame.Header{Fin: true, RSV: frame.RSV1, Op: frame.OpText}, []byte("deflated"))
	var builds atomic.Int32
	build := func(of *frame.Message) []byte {
		builds.Add(1)
		if of != m {
			t.Error("build got another message")
		}
		return deflated
	}
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if got := m.WireAs(frame.Deflated, build); unsafe.SliceData(got) != &deflated[0] {
				t.Errorf("deflated: % x", got)
			}
			if got := m.WireAs(frame.Plain, nil); unsafe.SliceData(got) != &m.Wire()[0] {
				t.Errorf("plain: % x", got)
			}
		})
	}
	wg.Wait()
	if builds.Load() != 1 {
		t.Errorf("built %d times", builds.Load())
	}
}

func TestWireAsFallsBackToPlain(t *testing.T) {
	m := frame.NewMessage(frame.OpText, []byte("hello"))
	builds := 0
	for range 2 {
		got := m.WireAs(frame.Deflated, func(*frame.Message) []byte { builds++; return nil })
		if unsafe.SliceData(got) != &m.Wire()[0] {
			t.Errorf("got % x, want the plain frame", got)
		}
	}
	if builds != 1 {
		t.Errorf("built %d times", builds)
	}
}

package raw_test

import (
	"strings"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/raw"
)

// The encoding adds nothing and allocates nothing where there is room.
func TestEncodingAllocations(t *testing.T) {
	m := &hub.Message{Channel: "c", Op: frame.OpBinary, Data: []byte(strings.Repeat("x", 300))}
	buf := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { buf = raw.Encoding.Append(buf[:0], m) }); n != 0 {
		t.Errorf("%v allocations a message, want 0", n)
	}
	if string(buf) != string(m.Data) || raw.Encoding.Op(m) != frame.OpBinary {
		t.Errorf("%v %q", raw.Encoding.Op(m), buf)
	}
}

// BenchmarkFrame is what a publish pays once, however many members the channel has.
func BenchmarkFrame(b *testing.B) {
	data := []byte(strings.Repeat("x", 300))
	b.ReportAllocs()
	for b.Loop() {
		m := hub.Message{Channel: "c", Op: frame.OpText, Data: data}
		m.Frame(raw.Encoding)
	}
}

//go:build unix

package engine_test

import (
	"slices"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// perIdle is what an open connection with these header lines costs, in bytes of heap, with its client in memory.
func perIdle(t *testing.T, cfg engine.Config, prepare func(*enginetest.Client, *frame.Deflater), headers ...string) float64 {
	const n = 20_000
	s := enginetest.New(t, cfg, engine.Handler{})
	head := enginetest.Request("/", headers...)
	deflater := frame.NewDeflater(1)
	clients := make([]*enginetest.Client, 0, n)
	before := 0
	for i := range 2 * n {
		if i == n { // the first half has warmed up everything that is there once
			clients = slices.Grow(clients, n)
			before = heapNow()
		}
		c := s.Dial()
		c.Write(head)
		c.Discard()
		if prepare != nil {
			prepare(c, deflater)
		}
		clients = append(clients, c)
	}
	s.Settle()
	per := float64(heapNow()-before) / n
	if open := s.Engine().Stats().Open; open != 2*n {
		t.Fatalf("%d are open", open)
	}
	return per
}

// A connection that has negotiated compression, without context takeover, and is idle costs at most 16 bytes more than a plain one:
// also when it has received and sent compressed messages.
func TestIdleDeflateCost(t *testing.T) {
	if engine.RaceBuild {
		t.Skip("the race detector's own memory would be measured")
	}
	plain := perIdle(t, engine.Config{}, nil)
	cfg := deflating(engine.Compression{})
	idle := perIdle(t, cfg, nil, offerDeflate)
	packed := packedFrame(frame.OpText, frame.NewDeflater(1).Append(nil, jsonText(2000, 1), nil, 15))
	used := perIdle(t, cfg, func(c *enginetest.Client, _ *frame.Deflater) { c.Write(packed) }, offerDeflate)
	t.Logf("bytes for each idle connection: plain %.1f, compression %.1f, after a message %.1f", plain, idle, used)
	if idle > plain+16 || used > plain+16 {
		t.Errorf("bytes for each idle connection: plain %.1f, compression %.1f, after a message %.1f", plain, idle, used)
	}
}

// A thousand connections send bombs, large and small and in every place, at once. What they inflate to is never all there.
func TestBombsCostBoundedMemory(t *testing.T) {
	bombers := 1000
	if engine.RaceBuild {
		bombers = 100
	}
	cfg := deflating(engine.Compression{ClientContextTakeover: true})
	handled := 0
	s := enginetest.New(t, cfg, engine.Handler{Message: func(*engine.Conn, frame.Op, []byte) { handled++ }})
	z := frame.NewDeflater(9)
	bombs := [][]byte{
		z.Append(nil, make([]byte, 64<<20), nil, 15),             // a ratio of 1,000, 64 KB
		z.Append(nil, make([]byte, 2<<20), nil, 15),              // 2 KB
		z.Append(nil, slices.Repeat(noise(40), 30_000), nil, 15), // within the ratio's neighbourhood, over the size
		slices.Repeat([]byte{0x03, 0x00}, 20_000),                // blocks and nothing in them
		noise(40_000), // no DEFLATE data
	}
	var clients []*enginetest.Client
	for range bombers {
		c := s.Dial()
		if r := c.Handshake("/", offerDeflate); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		clients = append(clients, c)
	}
	before := heapNow()
	high := 0
	for i, c := range clients {
		c.Write(packedFrame(frame.OpBinary, bombs[i%len(bombs)]))
		if i%100 == 99 {
			high = max(high, heapNow()-before)
		}
	}
	waiting := heapNow() - before
	s.Settle()
	after := heapNow() - before
	t.Logf("%d bombs: the heap grew by %d KiB while they waited, %d KiB at most, %d KiB when all were done", bombers, waiting>>10, high>>10, after>>10)
	// What waits is compressed: 300 of 64 KB and the rest of 40.
	if high > 48<<20 || after > 8<<20 {
		t.Errorf("the heap grew by %d KiB at most, %d KiB stay", high>>10, after>>10)
	}
	codes := map[frame.Status]int{}
	for _, c := range clients {
		codes[closeCode(c.Frames())]++
	}
	if codes[frame.StatusTooBig] != bombers*3/5 || codes[frame.StatusPolicyViolation] != bombers/5 || codes[frame.StatusInvalidPayload] != bombers/5 || handled != 0 {
		t.Errorf("closed with %v, %d handled", codes, handled)
	}
}

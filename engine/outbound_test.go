package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/frame"
)

func message(format string, args ...any) *frame.Message {
	return frame.NewMessage(frame.OpText, fmt.Appendf(nil, format, args...))
}

// Connections that were sent the same stand on the same chain; others do not.
func TestChainIsShared(t *testing.T) {
	var cp chainPool
	var root chain
	a, b := message("a"), message("b")
	ab := cp.extend(cp.extend(&root, a), b)
	if again := cp.extend(cp.extend(&root, a), b); again != ab {
		t.Error("the same two messages made another chain")
	}
	if len(cp.used) != 2 {
		t.Errorf("%d chains for two messages", len(cp.used))
	}
	ba := cp.extend(cp.extend(&root, b), a)
	if ba == ab || string(ba.bytes(&cp)) == string(ab.bytes(&cp)) {
		t.Error("another order made the same chain")
	}
	if equal := cp.extend(cp.extend(&root, message("b")), a); equal == ba {
		t.Error("another message with the same bytes is another message")
	}
}

// Random trees of chains, over many turns: every run is the frames sent, in order, in one piece and in many,
// and buffers that are used again are in nobody else's hands.
func TestChainAgainstConcatenation(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cp := chainPool{codec: newCodec(&Loop{e: &Engine{cfg: Config{Compression: Compression{Level: 1}}}})}
	roots := [2]chain{{}, {form: frame.Deflated}}
	for turn := range 200 {
		type conn struct {
			run  *chain
			want [][]byte
		}
		conns := make([]conn, 1+r.IntN(8))
		for range r.IntN(60) {
			m := message("turn %d %s", turn, strings.Repeat("x", r.IntN(2000)))
			for i := range conns {
				if c := &conns[i]; r.IntN(3) > 0 {
					p := c.run
					if p == nil {
						p = &roots[i%2] // every other connection gets the compressed form
					}
					c.run = cp.extend(p, m)
					if i%2 == 0 {
						c.want = append(c.want, m.Wire())
					} else {
						c.want = append(c.want, cp.codec.shared(m))
					}
				}
			}
		}
		for _, c := range conns { // all pieces are made before any is looked at
			if c.run != nil {
				c.run.bytes(&cp)
			}
		}
		for i, c := range conns {
			if c.run == nil {
				continue
			}
			want := slices.Concat(c.want...)
			if !bytes.Equal(c.run.bytes(&cp), want) || c.run.size != len(want) || c.run.count != len(c.want) {
				t.Fatalf("turn %d, connection %d: the run is not its %d frames", turn, i, len(c.want))
			}
			prefix := [][]byte{{1}}
			if vs := c.run.frames(prefix); len(vs) != 1+len(c.want) || !bytes.Equal(slices.Concat(vs[1:]...), want) || vs[0][0] != 1 {
				t.Fatalf("turn %d, connection %d: frames gives %d slices", turn, i, len(vs))
			}
		}
		cp.recycle(&roots)
		if len(cp.used) != 0 || roots[0].next != nil || roots[1].next != nil {
			t.Fatalf("turn %d: %d chains are in use, the roots lead on: %v", turn, len(cp.used), roots)
		}
	}
	for _, n := range cp.free {
		if n.msg != nil || n.prev != nil || n.next != nil || n.flat != nil {
			t.Fatalf("a free chain holds on to something: %+v", *n)
		}
	}
}

// A chain that was abandoned is still its connections' to write.
func TestAbandonedChain(t *testing.T) {
	var cp chainPool
	var roots [2]chain
	root := &roots[0]
	old := cp.extend(root, message("old"))
	cp.abandon(&roots)
	fresh := cp.extend(root, message("new"))
	cp.recycle(&roots)
	if got := string(old.bytes(&cp)); got != "\x81\x03old" {
		t.Errorf("the abandoned run is %q", got)
	}
	if fresh.msg != nil {
		t.Error("the other one was not taken back")
	}
}

func TestCopies(t *testing.T) {
	for _, row := range []struct {
		name        string
		count, size int
		want        bool
	}{
		{"one frame goes as it is", 1, 100, false},
		{"small ones are copied", 2, 200, true},
		{"large ones are not", 2, 2*copyFrameLimit + 1, false},
		{"nor is a long run", 1000, coalesceLimit + 1, false},
		{"as long as it may be", 1000, coalesceLimit, true},
	} {
		if got := (&chain{count: row.count, size: row.size}).copies(); got != row.want {
			t.Errorf("%s: %t", row.name, got)
		}
	}
}

// slowBacklog is the obvious backlog: all unwritten bytes, and where frames begin in them.
type slowBacklog struct {
	bytes  []byte
	starts []int // offsets in bytes; below 0: the frame has begun to go out
}

func (s *slowBacklog) push(w []byte) {
	s.starts = append(s.starts, len(s.bytes))
	s.bytes = append(s.bytes, w...)
}

func (s *slowBacklog) advance(n int) {
	s.bytes = s.bytes[n:]
	for i := range s.starts {
		s.starts[i] -= n
	}
	for len(s.starts) > 0 && (len(s.starts) > 1 && s.starts[1] <= 0 || len(s.bytes) == 0) {
		s.starts = s.starts[1:]
	}
}

func (s *slowBacklog) cut() int {
	for i, at := range s.starts {
		if at >= 0 {
			dropped := len(s.bytes) - at
			s.bytes, s.starts = s.bytes[:at], s.starts[:i]
			return dropped
		}
	}
	return 0
}

func TestBacklogAgainstBytes(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		var b backlog
		var want slowBacklog
		for step := range 400 {
			switch n := r.IntN(20); {
			case n < 9:
				w := bytes.Repeat([]byte{byte(step)}, 1+r.IntN(40))
				b.push(w)
				want.push(w)
			case n < 19:
				k := r.IntN(b.size + 1)
				b.advance(k)
				want.advance(k)
			default:
				if got, w := b.cut(0), want.cut(); got != w {
					t.Fatalf("seed %d, step %d: cut dropped %d bytes, want %d", seed, step, got, w)
				}
			}
			got := slices.Concat(b.vector(nil)...)
			if b.size != len(want.bytes) || len(b.queue)-b.head <= maxIovec && !bytes.Equal(got, want.bytes) {
				t.Fatalf("seed %d, step %d: %d bytes wait, want %d", seed, step, b.size, len(want.bytes))
			}
			for i, w := range b.queue[:b.head] {
				if w != nil {
					t.Fatalf("seed %d, step %d: written frame %d is still held", seed, step, i)
				}
			}
		}
	}
}

// Frames cut off within the first of them are kept whole; "begun" says so of a piece with nothing written of it.
func TestBacklogCutKeepsWhatHasBegun(t *testing.T) {
	b := backlog{begun: true}
	b.push([]byte("rest of a frame"))
	b.push([]byte("not begun"))
	if n := b.cut(0); n != len("not begun") || b.size != len("rest of a frame") {
		t.Errorf("dropped %d, %d left", n, b.size)
	}
	b.advance(b.size)
	b.push([]byte("new"))
	if n := b.cut(0); n != 3 || b.size != 0 || b.begun {
		t.Errorf("behind it: dropped %d, %d left, begun %t", n, b.size, b.begun)
	}
}

// A vector is never longer than a system call takes, and starts in the middle of a frame where that has begun.
func TestBacklogVectorIsBounded(t *testing.T) {
	var b backlog
	for range 3 * maxIovec {
		b.push([]byte("abc"))
	}
	b.advance(1)
	v := b.vector([][]byte{nil})
	if len(v) != 1+maxIovec || string(v[1]) != "bc" || string(v[2]) != "abc" {
		t.Errorf("%d slices, %q, %q", len(v), v[1], v[2])
	}
	if string(b.queue[0]) != "abc" {
		t.Error("the shared frame itself was changed")
	}
}

// A backlog that always has something does not grow with all that went through it.
func TestBacklogDoesNotGrow(t *testing.T) {
	var b backlog
	for range 100_000 {
		b.push([]byte("ab"))
		b.push([]byte("cd"))
		b.advance(4)
		b.push([]byte("e"))
		b.advance(1)
	}
	if len(b.queue) > 256 || b.size != 0 {
		t.Errorf("%d entries for %d bytes", len(b.queue), b.size)
	}
}

package load

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestTheStreamKeepsWhatIsNotForgotten(t *testing.T) {
	const wire = 100
	s, model := newStream(wire, 1), []byte{}
	for range 5000 {
		frame := make([]byte, wire)
		for i := range frame {
			frame[i] = byte(rand.Uint32())
		}
		s.append(frame)
		model = append(model, frame...)
		if rand.IntN(4) == 0 {
			s.forget(s.sent() - min(s.sent(), uint64(rand.IntN(2000))))
		}
		from := s.tail + rand.Int64N(s.head-s.tail+1)
		to := from + rand.Int64N(s.head-from+1)
		b := bytes.Clone(model[from:to])
		if !s.has(from, b) {
			t.Fatalf("bytes %d to %d of %d to %d are not there", from, to, s.tail, s.head)
		}
		if len(b) > 0 {
			b[rand.IntN(len(b))] ^= 1
			if s.has(from, b) {
				t.Fatal("an altered byte passes")
			}
		}
		if s.tail > 0 && s.has(s.tail-1, model[s.tail-1:s.tail]) || s.has(s.head, []byte{0}) {
			t.Fatal("it has what it cannot know")
		}
	}
}

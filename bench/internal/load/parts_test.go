package load

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestAMessageProvesItself(t *testing.T) {
	for _, size := range []int{MinSize, 64, 125, 126, 1024, 70_000} {
		c := newCoder(size)
		frame := c.appendServer(nil, 7, 1234, 5)
		if len(frame) != c.wire {
			t.Fatalf("%d bytes: a frame of %d and not %d", size, len(frame), c.wire)
		}
		payload := frame[len(frame)-size:]
		if seq, due, conn, ok := c.genuine(payload); !ok || seq != 7 || due != 1234 || conn != 5 {
			t.Errorf("%d bytes: %d %d %d %v", size, seq, due, conn, ok)
		}
		for range 200 {
			bit := rand.IntN(size * 8)
			payload[bit/8] ^= 1 << (bit % 8)
			if _, _, _, ok := c.genuine(payload); ok {
				t.Errorf("%d bytes: with bit %d turned it still is a message", size, bit)
			}
			payload[bit/8] ^= 1 << (bit % 8)
		}
		masked := c.appendClient(nil, 7, 1234, 5)
		key, body := masked[len(c.masked)-4:len(c.masked)], masked[len(c.masked):]
		for i := range body {
			body[i] ^= key[i%4]
		}
		if !bytes.Equal(body, payload) {
			t.Errorf("%d bytes: the client's frame holds something else", size)
		}
	}
}

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

func TestBurstsInFlight(t *testing.T) {
	b := newBursts(3, 10)
	for i := range int64(1000) {
		b.push(i, 6)
	}
	if b.of(10) != 0 || b.of(12) != 0 || b.of(13) != 1 || b.inFlight() != 1000 || b.left() != 6000 {
		t.Error("messages are in the wrong burst")
	}
	for n := range uint64(200) {
		if b.at(n).due != int64(n) {
			t.Fatal("growing lost one")
		}
		b.at(n).left = 0
	}
	if b.settle() != 10+200*3 || b.inFlight() != 800 {
		t.Errorf("%d are in flight from message %d on", b.inFlight(), b.settle())
	}
}

func TestFramesThatNoServerMaySend(t *testing.T) {
	for name, frame := range map[string][]byte{
		"masked":             {0x82, 0x80, 0, 0, 0, 0},
		"reserved bit":       {0xc2, 3, 1, 2, 3},
		"unknown opcode":     {0x83, 3, 1, 2, 3},
		"unknown control":    {0x8b, 0},
		"long length":        {0x82, 126, 0, 3, 1, 2, 3},
		"longer length":      {0x82, 127, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3},
		"fragmented ping":    {0x09, 0},
		"continues nothing":  {0x80, 3, 1, 2, 3},
		"message in message": {0x02, 1, 1, 0x82, 3, 1, 2, 3},
		"too short":          {0x82, 2, 1, 2},
		"too long":           {0x82, 4, 1, 2, 3, 4},
		"too long in pieces": {0x02, 2, 1, 2, 0x00, 2, 3, 4},
		"too short at fin":   {0x02, 1, 1, 0x80, 1, 3},
	} {
		for step := 1; step <= len(frame); step++ {
			p, failed := parser{size: 3}, false
			for b := frame; len(b) > 0 && !failed; b = b[min(step, len(b)):] {
				p.feed(b[:min(step, len(b))])
				_, _, ok, err := p.next()
				if failed = err != nil; ok {
					t.Errorf("%s, %d bytes at a time: taken for a message", name, step)
				}
			}
			if !failed {
				t.Errorf("%s, %d bytes at a time: not noticed", name, step)
			}
		}
	}
}

func TestFramesCutAnywhere(t *testing.T) {
	in := []byte{0x02, 1, 'a', 0x89, 2, 'h', 'i', 0x00, 0, 0x80, 2, 'b', 'c', 0x82, 3, 'd', 'e', 'f', 0x8a, 0}
	for step := 1; step <= len(in); step++ {
		p, got := parser{size: 3}, ""
		for b := in; len(b) > 0; b = b[min(step, len(b)):] {
			p.feed(b[:min(step, len(b))])
			for {
				op, payload, ok, err := p.next()
				if err != nil {
					t.Fatal(err)
				}
				if !ok {
					break
				}
				got += string('0'+rune(op)) + string(payload) + " "
			}
		}
		if got != "9hi 2abc 2def : " || !p.idle() {
			t.Errorf("%d bytes at a time: %q, idle %v", step, got, p.idle())
		}
	}
}

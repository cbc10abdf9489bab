package load

import (
	"testing"
)

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

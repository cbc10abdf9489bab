package edgecases

import (
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Limits are the cases of size and number.
func Limits() (cs []Case) {
	add := func(row, name string, code frame.Status, cfg func(*engine.Config), in ...[]byte) *Case {
		cs = append(cs, Case{Name: name, Row: row, Input: after(in...), Status: 101, Code: code, Config: cfg})
		return &cs[len(cs)-1]
	}

	small := func(c *engine.Config) { c.MaxMessage = 200 }
	x200 := strings.Repeat("x", 200)
	add(RowTooBig, "200 bytes of 200", 0, small, text(x200)).Frames = texts(x200)
	add(RowTooBig, "201 bytes of 200 declared", 1009, small, declared(true, frame.OpText, 201))
	add(RowTooBig, "201 bytes of 200 sent", 1009, small, text(x200+"x"))
	add(RowTooBig, "the default, declared", 1009, nil, declared(true, frame.OpBinary, 1<<20+1))
	add(RowTooBig, "2^63-1 declared", 1009, nil, declared(true, frame.OpBinary, 1<<63-1))
	add(RowTooBig, "accumulated over two fragments", 1009, small, part(frame.OpText, x200[:150]), declared(true, frame.OpContinuation, 51))
	add(RowTooBig, "accumulated over an overflow", 1009, small, part(frame.OpText, "x"), declared(true, frame.OpContinuation, 1<<63-1))
	add(RowTooBig, "exactly full in three fragments", 0, small,
		part(frame.OpText, x200[:150]), part(frame.OpContinuation, x200[:50]), Masked(frame.OpContinuation, nil)).Frames = texts(x200)
	add(RowTooBig, "the next message starts from zero", 0, small, text(x200), text(x200)).Frames = texts(x200, x200)

	// A bucket that the clock can refill by a token a second, no more.
	calm := func(c *engine.Config) { c.FloodRate, c.FloodBurst = 1, 1<<20 }
	frags := func(n int, s string) []byte { // n fragments in all
		return append(part(frame.OpText, s), repeat(n-1, part(frame.OpContinuation, s))...)
	}
	few := func(c *engine.Config) {
		calm(c)
		c.MaxFragments, c.MinFragment = 8, 4
	}
	end := Masked(frame.OpContinuation, nil)
	add(RowFragments, "9th fragment under 4 bytes on average", 1008, few, frags(9, "abc"))
	add(RowFragments, "8 fragments of any size", 0, few, frags(7, ""), end).Frames = texts("")
	add(RowFragments, "9th fragment brings the average under 4", 1008, few, frags(8, "abcd"), part(frame.OpContinuation, "abc"))
	add(RowFragments, "fair-sized fragments", 0, few, frags(40, "abcd"), Masked(frame.OpContinuation, []byte("abcd"))).
		Frames = texts(strings.Repeat("abcd", 41))
	add(RowFragments, "1025th fragment under 32 bytes on average", 1008, calm, frags(1025, "abc"))
	add(RowFragments, "1024 fragments of 3 bytes", 0, calm, frags(1023, "abc"), Masked(frame.OpContinuation, []byte("abc"))).
		Frames = texts(strings.Repeat("abc", 1024))
	x64 := strings.Repeat("x", 64)
	add(RowFragments, "65,536 fragments of 64 bytes", 0, func(c *engine.Config) { c.MaxMessage = 4 << 20 },
		frags(65535, x64), Masked(frame.OpContinuation, []byte(x64))).Frames = texts(strings.Repeat(x64, 65536))

	flood := func(c *engine.Config) { c.FloodRate, c.FloodBurst = 1, 16 }
	const many = 200 // a token a second does not make up for these
	add(RowFlood, "pings", 1008, flood, repeat(many, Masked(frame.OpPing, []byte("x")))).AnyFrames = true
	add(RowFlood, "pongs", 1008, flood, repeat(many, Masked(frame.OpPong, nil)))
	add(RowFlood, "empty messages", 1008, flood, repeat(many, text(""))).AnyFrames = true
	add(RowFlood, "tiny fragments", 1008, flood, frags(many, "a"))
	add(RowFlood, "messages of two tiny fragments", 1008, flood,
		repeat(many, append(part(frame.OpText, "a"), Masked(frame.OpContinuation, []byte("b"))...))).AnyFrames = true
	add(RowFlood, "pings, up to the burst", 0, flood, repeat(16, Masked(frame.OpPing, []byte("x")))).
		Frames = repeatFrame(16, Frame{frame.OpPong, []byte("x")})
	add(RowFlood, "messages of one byte are none", 0, flood, repeat(many, text("x"))).Frames = repeatFrame(many, Frame{frame.OpText, []byte("x")})
	add(RowFlood, "unbounded", 0, func(c *engine.Config) { c.FloodRate = -1 }, repeat(many, text(""))).
		Frames = repeatFrame(many, Frame{frame.OpText, nil})
	add(RowFlood, "messages", 1008, func(c *engine.Config) { c.MessageRate, c.MessageBurst = 1, 4 }, repeat(many, text("x"))).AnyFrames = true
	add(RowFlood, "bytes", 1008, func(c *engine.Config) { c.ByteRate, c.ByteBurst = 1, 1000 }, repeat(20, text(x200))).AnyFrames = true
	add(RowFlood, "a message over the byte burst", 1008, func(c *engine.Config) { c.ByteRate, c.ByteBurst = 1, 199 }, text(x200))
	return cs
}

func repeatFrame(n int, f Frame) (fs []Frame) {
	for range n {
		fs = append(fs, f)
	}
	return fs
}

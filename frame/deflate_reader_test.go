package frame_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine/exam"
	"github.com/weir-ws/weir/frame"
)

// inflate gives payload to z in steps of n bytes.
func inflate(z *frame.Inflater, op frame.Op, payload, window []byte, lim frame.InflateLimits, n int) ([]byte, error) {
	z.Start(op, payload, window, lim)
	for {
		if done, err := z.Step(n); done || err != nil {
			return z.Message(), err
		}
	}
}

// status is the close code of err; 0 for nil.
func status(t testing.TB, err error) frame.Status {
	t.Helper()
	var e *frame.Error
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &e) || len(e.Reason) > 123:
		t.Fatalf("error %v", err)
	}
	return e.Status
}

var inflations = []struct {
	name    string
	payload []byte
	window  string
	want    string
	status  frame.Status
}{
	{"RFC 7692 7.2.3.1: one block", []byte{
		0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, // fixed code, "Hello"
		0x00, // header of the empty stored block, whose length is cut off
	}, "", "Hello", 0},
	{"RFC 7692 7.2.3.2: sharing a window", []byte{
		0xf2, 0x00, 0x11, // a copy of five bytes from five back
		0x00, 0x00,
	}, "Hello", "Hello", 0},
	{"RFC 7692 7.2.3.2: without the window it refers to nothing", []byte{0xf2, 0x00, 0x11, 0x00, 0x00}, "", "", 1007},
	{"RFC 7692 7.2.3.3: a stored block", []byte{
		0x00,       // not final, stored
		0x05, 0x00, // length
		0xfa, 0xff, // its inverse
		0x48, 0x65, 0x6c, 0x6c, 0x6f, // "Hello"
		0x00,
	}, "", "Hello", 0},
	{"RFC 7692 7.2.3.4: BFINAL", []byte{
		0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, // final, fixed code, "Hello", padding
		0x00,
	}, "", "Hello", 0},
	{"RFC 7692 7.2.3.5: two blocks", []byte{
		0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, // "He", an empty stored block
		0xca, 0xc9, 0xc9, 0x07, 0x00, // "llo"
	}, "", "Hello", 0},
	{"RFC 7692 7.2.3.6: empty", []byte{0x00}, "", "", 0},
	{"several empty blocks", []byte{
		0x00, 0x00, 0x00, 0xff, 0xff, // stored, length 0
		0x01, 0x00, 0x00, 0xff, 0xff, // stored, final, length 0
		0x03, 0x00, // fixed, final, end of block
		0x02, 0x00, // fixed, end of block; 6 bits of the next: stored
	}, "", "", 0},
	{"BFINAL twice, the second block referring to the first", []byte{
		0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, // final, "Hello"
		0xf3, 0x00, 0x11, 0x00, // final, a copy of five from five back
		0x00,
	}, "", "HelloHello", 0},
	{"the last block is the sender's, stored and final", []byte{
		0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00, 0x00, 0xff, 0xff, // "Hello", empty stored block
		0x01, // the header of a final stored block: its length is what was cut off
	}, "", "Hello", 0},

	{"nothing at all", nil, "", "", 1007},
	{"block type 3", []byte{0x06}, "", "", 1007},
	{"a length that its inverse does not confirm", []byte{0x00, 0x05, 0x00, 0xfa, 0xfe, 'H', 'e', 'l', 'l', 'o', 0x00}, "", "", 1007},
	{"cut in a fixed block", []byte{0xf2, 0x48, 0xcd}, "", "", 1007},
	{"cut in a stored block, which would take the tail for its data", []byte{0x00, 0x05, 0x00, 0xfa, 0xff, 'H'}, "", "", 1007},
	{"a final stored block that would take what we add for its data", []byte{
		0x01, 0x09, 0x00, 0xf6, 0xff, // final, length 9: the tail of 4, and our final block of 5
	}, "", "", 1007},
	{"a stored block that would take a part of it", []byte{0x00, 0x06, 0x00, 0xf9, 0xff}, "", "", 1007},
	{"BFINAL without the octet behind it", []byte{0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}, "", "", 1007},
	{"garbage behind BFINAL", []byte{0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0xff, 0xff}, "", "", 1007},
	{"a distance behind the beginning", []byte{0xf2, 0x48, 0x05, 0x22, 0x00, 0x00}, "", "", 1007},
}

func TestInflater(t *testing.T) {
	var z frame.Inflater // one for all: nothing may stay of a message that failed
	for _, tc := range inflations {
		t.Run(tc.name, func(t *testing.T) {
			for _, step := range []int{1, 3, 1 << 20} {
				out, err := inflate(&z, frame.OpText, tc.payload, []byte(tc.window), frame.InflateLimits{}, step)
				if got := status(t, err); got != tc.status || got == 0 && string(out) != tc.want {
					t.Errorf("steps of %d: %q, %v; want %q, status %d", step, out, err, tc.want, tc.status)
				}
			}
			// The judge of our judge: the slow inflater agrees.
			if out, err := exam.Inflate(tc.payload, []byte(tc.window), 1<<15); (err == nil) != (tc.status == 0) || err == nil && string(out) != tc.want {
				t.Errorf("the reference says %q, %v", out, err)
			}
		})
	}
}

// A compressor starts a new stream behind each BFINAL, which refers to nothing; one that goes on with its window is understood too.
func TestInflaterAfterFinalBlocks(t *testing.T) {
	var z frame.Inflater
	text := mixed(200_000, 5)
	window := text[:40_000]
	for _, dictionary := range []bool{false, true} {
		var payload []byte
		for at := 40_000; at < len(text); at += 20_000 {
			var b bytes.Buffer
			history := text[:0]
			if dictionary {
				history = text[max(0, at-32<<10):at]
			}
			w, _ := flate.NewWriterDict(&b, 6, history)
			_, _ = w.Write(text[at : at+20_000])
			_ = w.Close()
			payload = append(payload, b.Bytes()...)
		}
		payload = append(payload, 0x00)
		for _, step := range []int{1, 100_000, 1 << 20} {
			out, err := inflate(&z, frame.OpBinary, payload, window[len(window)-32<<10:], frame.InflateLimits{}, step)
			if err != nil || !bytes.Equal(out, text[40_000:]) {
				t.Errorf("dictionary %t, steps of %d: %d bytes, %v", dictionary, step, len(out), err)
			}
		}
	}
}

func TestInflaterText(t *testing.T) {
	var z frame.Inflater
	d := frame.NewDeflater(1)
	valid := strings.Repeat("dam \u00e9 \u20ac \U0001f30a", 20_000)
	for name, tc := range map[string]struct {
		in   string
		want frame.Status
	}{
		"valid":          {valid, 0},
		"wrong at first": {"\xff" + valid, 1007},
		"wrong far in":   {valid + "\xed\xa0\x80" + valid, 1007},
		"cut at the end": {valid + "\xe2\x82", 1007},
	} {
		packed := d.Append(nil, []byte(tc.in), nil, 15)
		for _, step := range []int{1, 1 << 20} {
			if _, err := inflate(&z, frame.OpText, packed, nil, frame.InflateLimits{}, step); status(t, err) != tc.want {
				t.Errorf("%s as text: %v, want %d", name, err, tc.want)
			}
			if _, err := inflate(&z, frame.OpBinary, packed, nil, frame.InflateLimits{}, step); err != nil {
				t.Errorf("%s as binary: %v", name, err)
			}
		}
	}
}

// bomb is n bytes of nothing, at about 1,030 to 1.
func bomb(n int) []byte { return frame.NewDeflater(9).Append(nil, make([]byte, n), nil, 15) }

func TestInflaterLimits(t *testing.T) {
	var z frame.Inflater
	exact := bomb(100_000)
	for _, tc := range []struct {
		name    string
		payload []byte
		lim     frame.InflateLimits
		want    frame.Status
	}{
		{"as large as the limit", exact, frame.InflateLimits{MaxMessage: 100_000}, 0},
		{"one byte over", exact, frame.InflateLimits{MaxMessage: 99_999}, 1009},
		{"the ratio is free below its floor", bomb(frame.RatioFloor), frame.InflateLimits{MaxRatio: 1}, 0},
		{"above it is judged", bomb(frame.RatioFloor + 1), frame.InflateLimits{MaxRatio: 1}, 1009},
		{"a ratio that is kept", exact, frame.InflateLimits{MaxRatio: 1032}, 0},
		{"a ratio that is not", exact, frame.InflateLimits{MaxRatio: 700}, 1009},
		{"the smaller of both", exact, frame.InflateLimits{MaxMessage: 90_000, MaxRatio: 1032}, 1009},
		{"no limits", bomb(5 << 20), frame.InflateLimits{}, 0},
		{"final blocks before it", append(bytes.Repeat([]byte{0x03, 0x00}, 1000), exact...), frame.InflateLimits{MaxMessage: 50_000}, 1009},
		{"1,024 final blocks", append(bytes.Repeat([]byte{0x03, 0x00}, 1024), 0x00), frame.InflateLimits{}, 0},
		{"one more", append(bytes.Repeat([]byte{0x03, 0x00}, 1025), 0x00), frame.InflateLimits{}, 1008},
		{"more, of a fair size", append(bytes.Repeat(final(60), 2000), 0x00), frame.InflateLimits{}, 0},
		{"mostly empty blocks", append(bytes.Repeat([]byte{0x00, 0x00, 0x00, 0xff, 0xff}, 2000), 0x00), frame.InflateLimits{}, 1008},
		{"an eighth of them", append(bytes.Repeat(append(stored(noisy(42)), 0x00, 0x00, 0x00, 0xff, 0xff), 1000), 0x00), frame.InflateLimits{}, 1008},
		{"less", append(bytes.Repeat(append(stored(noisy(100)), 0x00, 0x00, 0x00, 0xff, 0xff), 1000), 0x00), frame.InflateLimits{}, 0},
	} {
		for _, step := range []int{1, 10_000, 1 << 30} {
			out, err := inflate(&z, frame.OpBinary, tc.payload, nil, tc.lim, step)
			if got := status(t, err); got != tc.want {
				t.Errorf("%s, steps of %d: %v, want %d", tc.name, step, err, tc.want)
			}
			if tc.lim.MaxMessage > 0 && int64(cap(out)) > 3*tc.lim.MaxMessage+32<<10 {
				t.Errorf("%s: %d bytes were reserved for a limit of %d", tc.name, cap(out), tc.lim.MaxMessage)
			}
		}
	}
}

// stored is p as a stored block, final is n bytes as a final one with a fixed code.
func stored(p []byte) []byte {
	n := len(p)
	return append([]byte{0x00, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}, p...)
}

func final(n int) []byte {
	p := stored(noisy(n))
	p[0] = 0x01
	return p
}

func noisy(n int) []byte {
	r := rand.New(rand.NewPCG(4, 2))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.IntN(256))
	}
	return p
}

// What a bomb may cost: a message of 64 MiB is refused after little more than the limit.
func TestInflaterStopsAtOnce(t *testing.T) {
	var z frame.Inflater
	z.Start(frame.OpBinary, bomb(64<<20), nil, frame.InflateLimits{MaxMessage: 1 << 20})
	if done, err := z.Step(1 << 30); done || status(t, err) != 1009 {
		t.Fatalf("%t, %v", done, err)
	}
	if n := len(z.Message()); n > 1<<20+1 {
		t.Errorf("%d bytes were inflated", n)
	}
	z.Drop()
	if n := cap(z.Message()); n > 256<<10 {
		t.Errorf("%d bytes are kept", n)
	}
}

// stdInflate is the standard library's word on a payload.
func stdInflate(payload, window []byte) ([]byte, error) {
	in := append(bytes.Clone(payload), 0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff)
	return io.ReadAll(flate.NewReaderDict(bytes.NewReader(in), window))
}

// FuzzInflate has two oracles: the reference of package exam, which knows where a message ends, and compress/flate, which knows
// the format but takes the first final block for the end.
func FuzzInflate(f *testing.F) {
	for _, tc := range inflations {
		f.Add(tc.payload, []byte(tc.window), uint16(7))
	}
	d := frame.NewDeflater(6)
	f.Add(d.Append(nil, mixed(3000, 1), nil, 15), []byte{}, uint16(100))
	f.Add(d.Append(nil, mixed(500, 1), mixed(600, 1), 15), mixed(600, 1), uint16(1))
	f.Add(d.Append(nil, mixed(5000, 1), nil, 8), []byte{}, uint16(5000))
	var z frame.Inflater
	f.Fuzz(func(t *testing.T, payload, window []byte, step uint16) {
		if len(payload) > 1<<12 || len(window) > 1<<15 {
			return
		}
		lim := frame.InflateLimits{MaxMessage: 1 << 20}
		got, err := inflate(&z, frame.OpBinary, payload, window, lim, 1+int(step))
		code := status(t, err)
		want, refErr := exam.Inflate(payload, window, 1<<15)
		switch {
		case refErr == nil && len(want) > 1<<20:
			if code != 1009 {
				t.Errorf("%x: %d bytes, but %v", payload, len(want), err)
			}
		case code == 1009 && refErr != nil, code == 1008: // wrong behind a limit; or mostly empty blocks
		case (refErr == nil) != (code == 0):
			t.Errorf("%x: %v, the reference says %v", payload, err, refErr)
		case code == 0 && !bytes.Equal(got, want):
			t.Errorf("%x: %d bytes, the reference has %d", payload, len(got), len(want))
		}
		if std, stdErr := stdInflate(payload, window); code == 0 && (stdErr != nil || !bytes.HasPrefix(got, std)) {
			t.Errorf("%x: %d bytes, the standard library has %d and says %v", payload, len(got), len(std), stdErr)
		}
		if code == 0 && step%5 == 0 {
			again := frame.NewDeflater(1+int(step%9)).Append(nil, got, window, 15)
			if back, err := inflate(&z, frame.OpBinary, again, window, frame.InflateLimits{}, 1000); err != nil || !bytes.Equal(back, got) {
				t.Errorf("%x: compressed again it comes back as %d bytes, %v", payload, len(back), err)
			}
		}
	})
}

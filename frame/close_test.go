package frame_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/weir-ws/weir/frame"
)

var closes = []struct {
	name    string
	in      []byte
	status  frame.Status
	reason  string
	refused frame.Status
}{
	{"empty", nil, 1005, "", 0},
	{"code alone", []byte{0x03, 0xe8}, 1000, "", 0},                                           // 1000
	{"code and reason", []byte{0x03, 0xe9, 'b', 'y', 'e'}, 1001, "bye", 0},                    // 1001
	{"reason in UTF-8", []byte{0x0b, 0xb8, 0xe2, 0x82, 0xac}, 3000, "\u20ac", 0},              // 3000
	{"last private code", []byte{0x13, 0x87}, 4999, "", 0},                                    // 4999
	{"1014", []byte{0x03, 0xf6}, 1014, "", 0},                                                 // 1014
	{"longest", append([]byte{0x03, 0xe8}, pattern7(123)...), 1000, string(pattern7(123)), 0}, // 125 bytes
	{"one byte", []byte{0x03}, 0, "", 1002},
	{"code 0", []byte{0x00, 0x00}, 0, "", 1002},
	{"code 999", []byte{0x03, 0xe7}, 0, "", 1002},
	{"code 1004", []byte{0x03, 0xec}, 0, "", 1002},
	{"code 1005", []byte{0x03, 0xed}, 0, "", 1002},
	{"code 1006", []byte{0x03, 0xee}, 0, "", 1002},
	{"code 1015", []byte{0x03, 0xf7}, 0, "", 1002},
	{"code 2999", []byte{0x0b, 0xb7}, 0, "", 1002},
	{"code 5000", []byte{0x13, 0x88}, 0, "", 1002},
	{"code 65535", []byte{0xff, 0xff}, 0, "", 1002},
	{"bad code and bad reason", []byte{0x03, 0xed, 0xff}, 0, "", 1002},
	{"reason not UTF-8", []byte{0x03, 0xe8, 'a', 0xff}, 0, "", 1007},
	{"reason ends inside a character", []byte{0x03, 0xe8, 0xe2, 0x82}, 0, "", 1007},
	{"over 125 bytes", append([]byte{0x03, 0xe8}, pattern7(124)...), 0, "", 1002},
}

// pattern7 returns n bytes of ASCII.
func pattern7(n int) []byte { return bytes.Repeat([]byte("reason "), n/7+1)[:n] }

func TestParseClose(t *testing.T) {
	for _, c := range closes {
		t.Run(c.name, func(t *testing.T) {
			status, reason, err := frame.ParseClose(c.in)
			if status != c.status || reason != c.reason || statusOf(t, err) != c.refused {
				t.Errorf("got %v, %q, %v", status, reason, err)
			}
			if c.refused != 0 {
				return
			}
			if out := frame.AppendClose([]byte("x"), status, reason); string(out) != "x"+string(c.in) {
				t.Errorf("AppendClose made % x of it, want % x", out[1:], c.in)
			}
		})
	}
}

// statusOf returns the status of an *Error; 0 for nil.
func statusOf(t *testing.T, err error) frame.Status {
	t.Helper()
	if err == nil {
		return 0
	}
	var e *frame.Error
	if !errors.As(err, &e) {
		t.Fatalf("error of type %T: %v", err, err)
	}
	return e.Status
}

func TestAppendClose(t *testing.T) {
	for _, c := range []struct {
		name   string
		status frame.Status
		reason string
		want   string // without the code; "-": nothing at all
	}{
		{"no status to send", frame.StatusNoStatus, "why", "-"},
		{"1006 must not be sent", frame.StatusAbnormal, "why", "-"},
		{"zero", 0, "why", "-"},
		{"cut at 123", 1000, strings.Repeat("a", 124), strings.Repeat("a", 123)},
		{"cut between characters", 1000, strings.Repeat("a", 122) + "\u20ac", strings.Repeat("a", 122)},
		{"character that just fits", 1000, strings.Repeat("a", 120) + "\u20acx", strings.Repeat("a", 120) + "\u20ac"},
		{"cut among four-byte characters", 1000, strings.Repeat("\U0001f30a", 40), strings.Repeat("\U0001f30a", 30)},
		{"bad UTF-8 is replaced", 1000, "a\xffb", "a\ufffdb"},
		{"bad UTF-8 that grows past the room", 1000, strings.Repeat("\xffa", 62), strings.Repeat("\ufffda", 30) + "\ufffd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := frame.AppendClose(nil, c.status, c.reason)
			if c.want == "-" {
				if len(got) != 0 {
					t.Errorf("appended % x", got)
				}
				return
			}
			want := append([]byte{byte(c.status >> 8), byte(c.status)}, c.want...)
			if !bytes.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if _, _, err := frame.ParseClose(got); err != nil {
				t.Errorf("not accepted back: %v", err)
			}
		})
	}
}

func FuzzClose(f *testing.F) {
	for _, c := range closes {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		status, reason, err := frame.ParseClose(in)
		// The rules once more, one by one, in the order the bytes come.
		var want frame.Status
		switch {
		case len(in) == 1 || len(in) > 125:
			want = 1002
		case len(in) > 1 && !naiveSendable(int(in[0])*256+int(in[1])):
			want = 1002
		case len(in) > 1 && string([]rune(string(in[2:]))) != string(in[2:]): // U+FFFD crept in
			want = 1007
		}
		if got := statusOf(t, err); got != want {
			t.Fatalf("% x: refused with %d, want %d", in, got, want)
		}
		if err != nil {
			return
		}
		if again := frame.AppendClose(nil, status, reason); !bytes.Equal(again, in) {
			t.Errorf("% x came back as % x", in, again)
		}
		// Whatever we are told to say, what we send must be acceptable.
		if len(in) < 2 {
			return
		}
		long := frame.AppendClose(nil, status, string(in)+reason+string(in))
		if _, said, err := frame.ParseClose(long); err != nil || !utf8.ValidString(said) {
			t.Errorf("own payload % x: %v", long, err)
		}
	})
}

package hub_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub"
)

func TestValidateChannel(t *testing.T) {
	for _, legal := range []string{
		"a", "btcusdt@depth@100ms", "btcusdt@trade", "/rooms/42", "user:7!private", "$all", "EUR+USD", "a_b.c-d",
		strings.Repeat("x", 255),
	} {
		if err := hub.ValidateChannel(legal); err != nil {
			t.Errorf("%q: %v", legal, err)
		}
	}
	for illegal, why := range map[string]string{
		"":                       "empty",
		strings.Repeat("x", 256): "256 bytes",
		"a b":                    `' ' at offset 1`,
		"abc\n":                  `'\n' at offset 3`,
		"a\x00":                  `'\x00' at offset 1`,
		"é":                      `'\xc3' at offset 0`,
		"a*":                     "'*' at offset 1",
		`"`:                      "offset 0",
		"a\\b":                   "offset 1",
		"#":                      "offset 0",
		"?":                      "offset 0",
		"a\x7f":                  "offset 1",
	} {
		err := hub.ValidateChannel(illegal)
		var ce *hub.ChannelError
		if !errors.Is(err, hub.ErrChannelName) || !errors.As(err, &ce) || ce.Channel != illegal {
			t.Errorf("%q: %v, want a ChannelError with ErrChannelName", illegal, err)
		} else if !strings.Contains(err.Error(), why) || len(err.Error()) > 300 {
			t.Errorf("%q: %q does not say %q briefly", illegal, err, why)
		}
	}
}

// FuzzValidateChannel compares with the alphabet as the documentation writes it.
func FuzzValidateChannel(f *testing.F) {
	f.Add("btcusdt@depth@100ms")
	f.Add("a b")
	f.Add("\xff")
	f.Fuzz(func(t *testing.T, name string) {
		const others = "_.:@/!$+-"
		legal := len(name) >= 1 && len(name) <= 255
		for _, c := range []byte(name) {
			letter := 'a' <= c|0x20 && c|0x20 <= 'z'
			digit := '0' <= c && c <= '9'
			legal = legal && (letter || digit || strings.IndexByte(others, c) >= 0)
		}
		if err := hub.ValidateChannel(name); (err == nil) != legal {
			t.Errorf("%q: %v, want legal: %v", name, err, legal)
		}
	})
}

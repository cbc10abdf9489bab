package tail

import (
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	for in, want := range map[string]string{
		"127.0.0.1:8080":         "ws://127.0.0.1:8080/feed",
		":8080":                  "ws://localhost:8080/feed",
		"localhost":              "ws://localhost/feed",
		"[::1]:8080":             "ws://[::1]:8080/feed",
		"example.com:1/other":    "ws://example.com:1/other",
		"ws://h:1":               "ws://h:1/feed",
		"ws://h:1/":              "ws://h:1/feed",
		"wss://h/feed?token=x#y": "wss://h/feed?token=x",
		"http://h:1/a/b":         "ws://h:1/a/b",
		"https://h":              "wss://h/feed",
	} {
		u, err := ParseURL(in)
		if err != nil {
			t.Errorf("ParseURL(%q): %v", in, err)
		} else if u.String() != want {
			t.Errorf("ParseURL(%q) = %s, want %s", in, u, want)
		}
	}
	for in, want := range map[string]string{
		"":           "names no host",
		"ftp://h":    "write ws:// or wss://",
		"ws://":      "names no host",
		"h:port":     "invalid port",
		"ws://h:1%z": "is not a URL",
	} {
		if _, err := ParseURL(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseURL(%q): error %v, want one with %q", in, err, want)
		}
	}
}

package engine

import (
	"net/http"
	"strings"
	"testing"
)

func TestOriginAllowed(t *testing.T) {
	for _, row := range []struct {
		patterns string // separated by spaces
		host     string
		origin   string // "-": no such header
		want     bool
	}{
		// Default: no Origin, or our own.
		{"", "example.com", "-", true},
		{"", "example.com", "http://example.com", true},
		{"", "example.com", "https://example.com", true},
		{"", "EXAMPLE.com", "https://example.COM", true},
		{"", "example.com:80", "http://example.com", true},
		{"", "example.com:443", "https://example.com", true},
		{"", "example.com:443", "http://example.com", false},
		{"", "example.com:80", "https://example.com", false},
		{"", "example.com", "http://example.com:80", true},
		{"", "example.com:", "http://example.com", true},
		{"", "example.com:8080", "http://example.com:8080", true},
		{"", "example.com:8080", "http://example.com", false},
		{"", "example.com", "http://example.com:8080", false},
		{"", "[::1]:8080", "http://[::1]:8080", true},
		{"", "[::1]", "http://[::1]:80", true},
		{"", "[::1]", "http://[::2]", false},
		{"", "example.com", "http://www.example.com", false},
		{"", "www.example.com", "http://example.com", false},
		{"", "example.com", "http://example.com.evil.example", false},
		{"", "example.com", "http://evil.example", false},
		{"", "example.com", "null", false},
		{"", "null", "null", false},
		{"", "example.com", "", false},
		{"", "example.com", "example.com", false},
		{"", "example.com", "http://", false},
		{"", "example.com", "://example.com", false},
		{"", "example.com", "http://example.com/", false},
		{"", "example.com", "http://example.com:", false},
		{"", "example.com", "http://user@example.com", false},
		{"", "example.com", "http://example.com http://evil.example", false},
		{"", "example.com", "chrome-extension://example.com", false}, // not the host, whatever its name

		// A list replaces the default.
		{"https://app.example.com", "example.com", "-", true},
		{"https://app.example.com", "example.com", "https://app.example.com", true},
		{"https://app.example.com", "example.com", "https://app.example.com:443", true},
		{"https://app.example.com", "example.com", "HTTPS://APP.example.com", true},
		{"https://app.example.com", "example.com", "http://app.example.com", false},
		{"https://app.example.com", "example.com", "https://app.example.com:8443", false},
		{"https://app.example.com", "example.com", "https://example.com", false},
		{"https://app.example.com", "example.com", "null", false},
		{"https://a.example https://b.example", "c.example", "https://b.example", true},

		// Wildcard labels.
		{"https://*.example.com", "x", "https://a.example.com", true},
		{"https://*.example.com", "x", "https://a.b.EXAMPLE.com", true},
		{"https://*.example.com", "x", "https://example.com", false},
		{"https://*.example.com", "x", "https://.example.com", false},
		{"https://*.example.com", "x", "https://aexample.com", false},
		{"https://*.example.com", "x", "https://a.example.com.evil.example", false},
		{"https://*.example.com", "x", "http://a.example.com", false},
		{"*.example.com", "x", "http://a.example.com", true},

		// Without a scheme: http and https.
		{"example.com", "x", "http://example.com", true},
		{"example.com", "x", "https://example.com", true},
		{"example.com", "x", "https://example.com:443", true},
		{"example.com", "x", "https://example.com:80", false},
		{"example.com", "x", "ftp://example.com", false},
		{"example.com", "x", "http://sub.example.com", false},
		{"example.com:80", "x", "https://example.com:80", true},

		// Ports.
		{"localhost:3000", "x", "http://localhost:3000", true},
		{"localhost:3000", "x", "http://localhost", false},
		{"localhost:*", "x", "http://localhost", true},
		{"localhost:*", "x", "https://localhost:5173", true},
		{"localhost:*", "x", "http://localhost.evil.example", false},
		{"http://[::1]:3000", "x", "http://[::1]:3000", true},
		{"http://[::1]", "x", "http://[::1]", true},

		// Schemes of their own.
		{"capacitor://localhost", "x", "capacitor://localhost", true},
		{"capacitor://localhost", "x", "http://localhost", false},
		{"chrome-extension://abcdef", "x", "chrome-extension://abcdef", true},

		// Everything.
		{"*", "x", "https://evil.example", true},
		{"*", "x", "null", true},
		{"*", "x", "???", true},
		{"https://a.example *", "x", "null", true},
	} {
		for _, p := range strings.Fields(row.patterns) {
			if err := checkOriginPattern(p); err != nil {
				t.Errorf("pattern of the table refused: %v", err)
			}
		}
		r := &http.Request{Host: row.host, Header: http.Header{}}
		if row.origin != "-" {
			r.Header["Origin"] = []string{row.origin}
		}
		if got := originAllowed(r, strings.Fields(row.patterns)); got != row.want {
			t.Errorf("patterns %q, Host %q, Origin %q: %v", row.patterns, row.host, row.origin, got)
		}
	}
}

func TestOriginTwice(t *testing.T) {
	r := &http.Request{Host: "a.example", Header: http.Header{"Origin": {"http://a.example", "http://a.example"}}}
	if originAllowed(r, nil) || originAllowed(r, []string{"a.example"}) {
		t.Error("two Origin lines were taken for one")
	}
	if !originAllowed(r, []string{"*"}) {
		t.Error(`"*" refused a request`)
	}
}

func TestCheckOriginPattern(t *testing.T) {
	for p, says := range map[string]string{
		"":                          "no host",
		"null":                      "sandboxed",
		"https://":                  "no host",
		"https://*.":                "no host",
		"https://*":                 "cannot stand",
		"**":                        "cannot stand",
		"*example.com":              "cannot stand",
		"*.*.example.com":           "cannot stand",
		"a.*.example.com":           "cannot stand",
		"https://example.com/":      "trailing slash",
		"https://example.com/x":     "trailing slash",
		"https://u@example.com":     "user",
		"://example.com":            "scheme",
		"ht tp://example.com":       "scheme",
		"1http://example.com":       "scheme",
		"https://exa mple.com":      "malformed host",
		"https://b\u00fccher.com":   "xn--",
		"https://ex%41mple.com":     "malformed host",
		"https://[::1":              "malformed host",
		"https://[192.0.2.1]":       "malformed host",
		"https://*.192.0.2.1":       "IP address",
		"https://*.[::1]":           "IP address",
		"https://example.com:":      "port",
		"https://example.com:x":     "port",
		"https://example.com:99999": "port",
		"https://example.com:8*":    "port",
	} {
		if err := checkOriginPattern(p); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v; want something about %q", p, err, says)
		}
	}
}

func TestOriginAllocs(t *testing.T) {
	r := &http.Request{Host: "a.example", Header: http.Header{"Origin": {"https://x.b.example"}}}
	patterns := []string{"https://a.example", "*.b.example"}
	if n := testing.AllocsPerRun(100, func() {
		if !originAllowed(r, patterns) || originAllowed(r, nil) {
			t.Fatal("wrong answer")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package load

import (
	"strings"
	"testing"
)

func TestResponses(t *testing.T) {
	k := key(1)
	good := "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nConnection: keep-alive, upgrade\r\nSec-WebSocket-Accept: " + acceptFor(k) + "\r\n"
	for _, c := range []struct {
		in   string
		done bool
		rest string
		bad  string
	}{
		{in: good + "\r\n", done: true},
		{in: good + "\r\nrest", done: true, rest: "rest"},
		{in: good},
		{in: good + strings.Repeat("x", maxHead), bad: "more than"},
		{in: "HTTP/1.1 200 OK\r\n\r\n", bad: "101"},
		{in: good + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", bad: "none was offered"},
		{in: strings.Replace(good, acceptFor(k), acceptFor(key(2)), 1) + "\r\n", bad: "should be"},
		{in: strings.Replace(good, "upgrade: WebSocket\r\n", "", 1) + "\r\n", bad: "Upgrade"},
	} {
		rest, done, err := checkResponse([]byte(c.in), k)
		if c.bad != "" {
			if err == nil || !strings.Contains(err.Error(), c.bad) {
				t.Errorf("%.60q: %v", c.in, err)
			}
		} else if err != nil || done != c.done || string(rest) != c.rest {
			t.Errorf("%.60q: done %v, rest %q, %v", c.in, done, rest, err)
		}
	}
	// The example of RFC 6455, section 1.3.
	if got := acceptFor([24]byte([]byte("dGhlIHNhbXBsZSBub25jZQ=="))); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Error(got)
	}
}

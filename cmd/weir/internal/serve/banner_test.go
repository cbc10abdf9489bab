package serve

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

func TestBanner(t *testing.T) {
	b := banner{
		addrs: []net.Addr{
			&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}, &net.TCPAddr{IP: net.IPv6unspecified, Port: 81},
			&net.TCPAddr{IP: net.ParseIP("2001:db8::1"), Port: 82}, &net.UnixAddr{Net: "unix", Name: "/run/weir"},
		},
		what: "what", waitsFor: 1000, maxConns: 19872, descriptors: 20000, admin: "http://127.0.0.1:8081/", channels: []string{"a", "b", "c", "d"},
	}
	want := `listening on ws://127.0.0.1:8080/feed
listening on ws://localhost:81/feed
listening on ws://[2001:db8::1]:82/feed
listening on unix:/run/weir
  source   what
           waits until every channel has 1,000 subscribers
  limits   19,872 connections, 20,000 file descriptors
  admin    http://127.0.0.1:8081/
  try      weir tail 127.0.0.1:8080 a b c
`
	var s strings.Builder
	if err := b.write(&s); err != nil || s.String() != want {
		t.Errorf("%v, wrote\n%s\nwant\n%s", err, s.String(), want)
	}
	b.listen = []string{"127.0.0.1:0", "tls::81", "proxy:tls:[2001:db8::1]:82", "tls:unix:/run/weir"}
	s.Reset()
	if err := b.write(&s); err != nil {
		t.Fatal(err)
	}
	secured := "listening on ws://127.0.0.1:8080/feed\nlistening on wss://localhost:81/feed\nlistening on wss://[2001:db8::1]:82/feed\n" +
		"listening on tls:unix:/run/weir\n"
	if !strings.HasPrefix(s.String(), secured) || !strings.Contains(s.String(), "weir tail 127.0.0.1:8080 a") {
		t.Errorf("with TLS wrote\n%s\nwant it to begin with\n%s", s.String(), secured)
	}
	b.listen = nil
	b = banner{addrs: b.addrs[:1], what: "none", maxConns: 1, auth: "tokens of FILE (2)", publish: []string{"news", "a/*"}}
	want = `listening on ws://127.0.0.1:8080/feed
  source   none
  limits   1 connection
  auth     tokens of FILE (2)
  publish  to news, a/*
  try      weir tail 127.0.0.1:8080 CHANNEL --token-file FILE
`
	s.Reset()
	if err := b.write(&s); err != nil || s.String() != want {
		t.Errorf("%v, wrote\n%s\nwant\n%s", err, s.String(), want)
	}
	b.auth = ""
	s.Reset()
	if err := b.write(&s); err != nil || !strings.Contains(s.String(), "  publish  to news, a/*, by anybody\n") {
		t.Errorf("%v, wrote\n%s", err, s.String())
	}
	b = banner{addrs: []net.Addr{&net.UnixAddr{Net: "unix", Name: "/run/weir"}}, what: "what", maxConns: 1, channels: []string{"a"}}
	want = "listening on unix:/run/weir\n  source   what\n  limits   1 connection\n"
	s.Reset()
	if err := b.write(&s); err != nil || s.String() != want {
		t.Errorf("%v, wrote\n%s\nwant\n%s", err, s.String(), want)
	}
}

func TestProgressLine(t *testing.T) {
	book := catalogue{messages: 41248, span: 346 * time.Second}
	p := source.Progress{Messages: 20624, Recorded: 170*time.Second + time.Millisecond, Elapsed: 17 * time.Second}
	for _, c := range []struct {
		loop bool
		p    source.Progress
		want string
	}{
		{false, p, "replay  50%  20,624 of 41,248 messages  2m50s of 5m46s  1,213/s  1 connection"},
		{false, source.Progress{}, "replay   0%  0 of 41,248 messages  0s of 5m46s  1 connection"},
		{true, source.Progress{Messages: 41248*2 + 20624, Recorded: p.Recorded, Elapsed: 85 * time.Second},
			"replay pass 3,  50%  20,624 of 41,248 messages  2m50s of 5m46s  1,213/s  1 connection"},
	} {
		if got := progressLine(c.p, book, c.loop, 1); got != c.want {
			t.Errorf("line %q\nwant %q", got, c.want)
		}
	}
}

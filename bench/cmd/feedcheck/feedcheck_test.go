package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/frame"
)

func TestExpect(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r")
	text := "11 {\"stream\":\"a\",\"data\":{\"n\": 1}}\n12 {\"lastUpdateId\":3}\n13 {\"stream\":\"b\",\"data\":2}\n14 {\"stream\":\"a\",\"data\":3}"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	channels, messages, size, err := expect(path)
	if err != nil || messages != 3 || len(channels) != 2 {
		t.Fatalf("%d messages in %d channels, %v", messages, len(channels), err)
	}
	var got []string
	for _, c := range channels {
		for _, p := range c.payloads {
			got = append(got, string(p))
			size -= int64(len(p))
		}
	}
	want := []string{
		`{"type":"message","channel":"a","seq":1,"ts":11,"data":{"n": 1}}`,
		`{"type":"message","channel":"a","seq":2,"ts":14,"data":3}`,
		`{"type":"message","channel":"b","seq":1,"ts":13,"data":2}`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || size != 0 {
		t.Errorf("payloads\n%s\nwant\n%s\n(size is off by %d)", strings.Join(got, "\n"), strings.Join(want, "\n"), size)
	}
}

// Whatever is not exactly right must be found: a check that lets things through is worse than none.
func TestSubscriberFindsFaults(t *testing.T) {
	m := func(seq string) string { return `{"type":"message","channel":"a","seq":` + seq + `,"ts":1,"data":7}` }
	channels := []*channel{{name: "a", payloads: [][]byte{[]byte(m("1")), []byte(m("2"))}}}
	const subscribed = `{"type":"subscribed","channel":"a","epoch":"e","seq":0}`
	for _, c := range []struct {
		name string
		says []string
		err  string // "": none
	}{
		{"right", []string{subscribed, m("1"), m("2")}, ""},
		{"a gap", []string{subscribed, m("2")}, "not next in any channel"},
		{"twice", []string{subscribed, m("1"), m("1")}, "not next in any channel"},
		{"a changed byte", []string{subscribed, strings.Replace(m("1"), "7", "8", 1)}, "not next in any channel"},
		{"an old server", []string{`{"type":"subscribed","channel":"a","epoch":"e","seq":5}`}, "start a fresh server"},
		{"an error", []string{`{"type":"error","code":"x"}`}, "not next in any channel"},
		{"too early an end", []string{subscribed, m("1")}, "1 messages before the end"},
	} {
		client, server := net.Pipe()
		go func() {
			for _, s := range c.says {
				if _, err := server.Write(frame.AppendFrame(nil, frame.Header{Fin: true, Op: frame.OpText, Length: int64(len(s))}, []byte(s))); err != nil {
					break // the client has seen enough
				}
			}
			server.Close()
		}()
		s := &subscriber{conn: client, buf: make([]byte, 64), channels: channels, at: make([]int, 1), left: 2}
		err := s.receive(func() bool { return s.left == 0 }, nil)
		client.Close()
		if c.err == "" && (err != nil || s.answers != 1) || c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.err)
		}
	}
}

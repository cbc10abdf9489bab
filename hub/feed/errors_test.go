package feed_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// badInputs are what a client can get wrong. What each is answered stands in
// testdata/errors.golden; write that anew with -update, and read the difference.
var badInputs = []struct{ name, input string }{
	// not JSON
	{"empty message", ``},
	{"white space alone", " \r\n\t"},
	{"not JSON at all", `subscribe a@trade`},
	{"cut short", `{"type":"ping"`},
	{"trailing garbage", `{"type":"ping"} x`},
	{"two objects", `{"type":"ping"}{"type":"ping"}`},
	{"trailing comma", `{"type":"ping",}`},
	{"comment", `{"type":"ping"/*?*/}`},
	{"single quotes", `{'type':'ping'}`},
	{"bare key", `{type:"ping"}`},
	{"control character in a string", "{\"type\":\"pi\nng\"}"},
	{"bad escape", `{"type":"\x70ing"}`},
	{"NaN", `{"type":"ping","id":NaN}`},
	{"leading zero", `{"type":"ping","id":01}`},
	{"byte order mark", "\ufeff{\"type\":\"ping\"}"},
	{"brackets that never close", strings.Repeat("[", 5000)},

	// JSON, but no object
	{"null", `null`},
	{"a number", `17`},
	{"a string", `"subscribe"`},
	{"an array", `[{"type":"ping"}]`},

	// depth
	{"depth 64 is allowed", nested(64)},
	{"depth 65", nested(65)},
	{"depth 65 in objects", `{"type":"ping","x":` + strings.Repeat(`{"y":`, 64) + `0` + strings.Repeat(`}`, 65)},
	{"depth 64 twice is depth 64", `{"type":"ping","x":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `,"y":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}`},
	{"brackets in strings are not depth", `{"type":"ping","x":"` + strings.Repeat(`[\"`, 100) + `"}`},

	// type
	{"no type", `{"channel":"a"}`},
	{"type is a number", `{"type":1}`},
	{"type is null", `{"type":null,"id":1}`},
	{"type is an object", `{"type":{"a":["}"]}}`},
	{"type is unknown", `{"type":"describe","channel":"a"}`},
	{"type in capitals", `{"type":"PING"}`},
	{"key in capitals", `{"Type":"ping"}`},
	{"type with an escape", `{"\u0074ype":"\u0070ing"}`},
	{"type of the server", `{"type":"message","channel":"a","id":3}`},
	{"type is long and is not repeated", `{"type":"` + strings.Repeat("x", 3000) + `"}`},
	{"publish", `{"type":"publish","channel":"a","data":1,"id":4}`},

	// repeated fields
	{"type twice", `{"type":"ping","type":"ping","id":5}`},
	{"type twice, once with an escape", `{"type":"ping","typ\u0065":"ping"}`},
	{"channel twice", `{"type":"subscribe","channel":"a","channel":"a"}`},
	{"channels twice", `{"type":"subscribe","channels":["a"],"channels":["a"]}`},
	{"id twice", `{"type":"ping","id":5,"id":6}`},
	{"unknown field twice is ignored", `{"type":"ping","x":1,"x":2}`},

	// id
	{"id is null", `{"type":"ping","id":null}`},
	{"id is a boolean", `{"type":"ping","id":true}`},
	{"id is an array", `{"type":"ping","id":[1]}`},
	{"id is a fraction", `{"type":"ping","id":1.5}`},
	{"id has an exponent", `{"type":"ping","id":1e3}`},
	{"id of 20 digits", `{"type":"ping","id":-18446744073709551615}`},
	{"id of 21 digits", `{"type":"ping","id":184467440737095516150}`},
	{"id of 64 bytes", `{"type":"ping","id":"` + strings.Repeat("i", 64) + `"}`},
	{"id of 65 bytes", `{"type":"ping","id":"` + strings.Repeat("i", 65) + `"}`},
	{"empty id", `{"type":"ping","id":""}`},
	{"id with escapes is sent back as written", `{"type":"ping","id":"\u0041\"\\ é 🚰"}`},
	{"bad id before everything else", `{"type":"nonsense","id":{}}`},

	// channel and channels
	{"no channel", `{"type":"subscribe","id":6}`},
	{"both", `{"type":"subscribe","channel":"a","channels":["b"]}`},
	{"channel is a number", `{"type":"subscribe","channel":5}`},
	{"channel is null", `{"type":"subscribe","channel":null}`},
	{"channel is an array", `{"type":"subscribe","channel":["a"]}`},
	{"channels is a string", `{"type":"subscribe","channels":"a"}`},
	{"channels is an object", `{"type":"subscribe","channels":{"a":1}}`},
	{"channels is empty", `{"type":"subscribe","channels":[ ]}`},
	{"a number among the channels: nothing is done", `{"type":"subscribe","channels":["a",5]}`},
	{"1025 channels: nothing is done", `{"type":"subscribe","channels":["a"` + strings.Repeat(`,"a"`, 1024) + `]}`},
	{"unsubscribe without a channel", `{"type":"unsubscribe"}`},

	// names
	{"empty name", `{"type":"subscribe","channel":""}`},
	{"space", `{"type":"subscribe","channel":"a b"}`},
	{"quote", `{"type":"subscribe","channel":"a\"b"}`},
	{"NUL", `{"type":"subscribe","channel":"a\u0000"}`},
	{"not ASCII", `{"type":"subscribe","channel":"ä"}`},
	{"lone surrogate", `{"type":"subscribe","channel":"\ud800"}`},
	{"too many stars", `{"type":"subscribe","channel":"btcusdt@*********"}`},
	{"since with a pattern", `{"type":"subscribe","channel":"*@trade","since":{"epoch":"E","seq":1}}`},
	{"byte in a pattern", `{"type":"subscribe","channel":"btc?*"}`},
	{"pattern that is not subscribed to", `{"type":"unsubscribe","channel":"btcusdt@*"}`},
	{"pattern to publish to", `{"type":"publish","channel":"btcusdt@*","data":1}`},
	{"markup", `{"type":"subscribe","channel":"<b>"}`},
	{"255 bytes, unknown", `{"type":"subscribe","channel":"unknown` + strings.Repeat("x", 248) + `"}`},
	{"256 bytes is not repeated", `{"type":"subscribe","channel":"` + strings.Repeat("x", 256) + `","id":7}`},
	{"unsubscribe from a bad name", `{"type":"unsubscribe","channel":"a b"}`},
	{"unsubscribe from what it has not", `{"type":"unsubscribe","channel":"a"}`},
	{"name with escapes is answered plainly", `{"type":"unsubscribe","channel":"\u0061"}`},

	// rights
	{"unknown channel", `{"type":"subscribe","channel":"unknown@trade"}`},
	{"forbidden channel", `{"type":"subscribe","channel":"secret@trade"}`},
	{"forbidden and unknown", `{"type":"subscribe","channel":"secret/unknown","id":"8"}`},

	{"unknown fields are ignored", `{"v":2,"type":"ping","channel":{"x":1},"extra":[null,{"a":"]"}]}`},
	{"the largest request", `{"type":"ping","x":"` + strings.Repeat("x", feed.DefaultMaxRequest-len(`{"type":"ping","x":""}`)) + `"}`},
	{"a request too big", `{"type":"ping","x":"` + strings.Repeat("x", feed.DefaultMaxRequest) + `"}`},
}

// nested returns a ping nested n deep.
func nested(n int) string {
	return `{"type":"ping","x":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + `}`
}

// errorsConfig knows everything but names that begin with "unknown", and forbids "secret".
var errorsConfig = feed.Config{
	Known:  func(ch string) bool { return !strings.Contains(ch, "unknown") },
	Permit: func(_ any, ch string) bool { return !strings.HasPrefix(ch, "secret") },
}

// Each bad input gets exactly one answer, and the connection goes on: the ping behind each one
// is answered next.
func TestBadInputs(t *testing.T) {
	c := dial(t, serve(t, hub.Config{}, errorsConfig).url)
	var out bytes.Buffer
	for _, in := range badInputs {
		c.send(in.input)
		c.send(`{"type":"ping","id":"next"}`)
		answer := c.read()
		if !json.Valid([]byte(answer)) {
			t.Errorf("%s: the answer is not JSON: %s", in.name, answer)
		}
		if len(answer) > 1024 {
			t.Errorf("%s: the answer has %d bytes", in.name, len(answer))
		}
		fmt.Fprintf(&out, "# %s\n> %s\n< %s\n\n", in.name, short(in.input), answer)
		c.want(`{"type":"pong","id":"next"}`)
	}
	golden(t, "errors.golden", out.Bytes())
}

// short keeps the golden file readable.
func short(s string) string {
	if s = fmt.Sprintf("%q", s); len(s) > 120 {
		s = fmt.Sprintf("%s ... %s (%d bytes)", s[:60], s[len(s)-30:], len(s)-2)
	}
	return s
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			t.Fatalf("%s:%d differs:\ngot  %s\nwant %s", path, i+1, g[i], w[i])
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%s has %d lines, want %d", path, len(g), len(w))
	}
}

// A hub that is closed takes no joins; connections live on to be told.
func TestUnavailable(t *testing.T) {
	m := inMemory(t, hub.Config{}, feed.Config{})
	c := m.dial()
	_ = m.hub.Close()
	together(c, `{"type":"subscribe","channel":"a","id":1}`)
	m.expect(c, `{"type":"error","code":"unavailable","message":"the server takes no subscriptions now; try again later","channel":"a","id":1}`)
}

// A hub may allow less than the protocol.
func TestShorterNames(t *testing.T) {
	m := inMemory(t, hub.Config{MaxChannelLen: 3}, feed.Config{})
	c := m.dial()
	together(c, `{"type":"subscribe","channels":["abc","abcd"]}`)
	m.expect(c,
		`{"type":"error","code":"bad_channel","message":"not a legal channel name: it has 4 bytes, at most 3 are allowed","channel":"abcd"}`,
		`{"type":"subscribed","channel":"abc","epoch":"E","seq":0}`)
}

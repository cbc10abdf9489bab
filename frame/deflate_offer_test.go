package frame

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/gobwas/httphead"
)

// show writes parsed offers in one line, and whether the grammar held to the end.
func showOffers(lines ...string) string {
	var s []string
	for o, ok := range offers(lines) {
		if !ok {
			return strings.Join(append(s, "!"), " | ")
		}
		one := o.name
		for _, p := range o.params {
			one += ";" + p.name
			if p.hasValue {
				one += "=" + p.value
			}
		}
		s = append(s, one)
	}
	return strings.Join(s, " | ")
}

func TestOffers(t *testing.T) {
	for _, tc := range []struct {
		lines []string
		want  string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"a"}, "a"},
		{[]string{"a, b", "c"}, "a | b | c"},
		{[]string{" , ,a,,\tb , "}, "a | b"},
		{[]string{"a;p;q=1 ; r = 2;s=\"3\",b"}, "a;p;q=1;r=2;s=3 | b"},
		{[]string{`a;p="\1\a"`}, "a;p=1a"},
		{[]string{"a;p=1;p=2"}, "a;p=1;p=2"}, // what repeats means is for the extension to say
		{[]string{"A;P"}, "A;P"},
		// What the grammar does not have.
		{[]string{"a b"}, "!"},
		{[]string{"a;"}, "!"},
		{[]string{"a;;p"}, "!"},
		{[]string{";p"}, "!"},
		{[]string{"a;p="}, "!"},
		{[]string{`a;p=""`}, "!"}, // the value must be a token
		{[]string{`a;p="x y"`}, "!"},
		{[]string{`a;p="x`}, "!"},
		{[]string{`a;p="x\`}, "!"},
		{[]string{`a;p="x"y`}, "!"},
		{[]string{"a;p=1=2"}, "!"},
		{[]string{"a=1"}, "!"},
		{[]string{"a;\"p\""}, "!"},
		{[]string{"ok", "a/b", "never reached"}, "ok | !"},
		{[]string{"\u00e4"}, "!"},
	} {
		if got := showOffers(tc.lines...); got != tc.want {
			t.Errorf("%q: %s, want %s", tc.lines, got, tc.want)
		}
	}
}

// FuzzOffers compares with httphead, which knows the grammar less strictly: where both read a line they must see the same in it.
func FuzzOffers(f *testing.F) {
	for _, s := range []string{"a", "a, b;c=1", `permessage-deflate; x="10", foo;bar`, "a;b = c ,, d", `a;b="\c"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := showOffers(line)
		if strings.Contains(got, "!") || strings.ContainsAny(line, "\\") || // it keeps the backslash
			strings.Trim(line, " \t,") == "" || strings.ContainsAny(line, "!") {
			return
		}
		options, ok := httphead.ParseOptions([]byte(line), nil)
		if !ok {
			return // white space at the end, for one, it does not take
		}
		var s []string
		for _, o := range options {
			one := string(o.Name)
			o.Parameters.ForEach(func(k, v []byte) bool {
				one += ";" + string(k)
				if len(v) > 0 {
					one += "=" + string(v)
				}
				return true
			})
			s = append(s, one)
		}
		if want := strings.Join(s, " | "); got != want && !repeats(line) {
			t.Errorf("%q: we read %s, httphead %s", line, got, want)
		}
	})
}

// repeats tells whether a parameter stands twice in an element: httphead keeps the last one.
func repeats(line string) bool {
	for o := range offers([]string{line}) {
		seen := map[string]bool{}
		for _, p := range o.params {
			if seen[p.name] {
				return true
			}
			seen[p.name] = true
		}
	}
	return false
}

const full = 15

func TestNegotiate(t *testing.T) {
	keepBoth := DeflatePolicy{ServerContextTakeover: true, ClientContextTakeover: true}
	small := DeflatePolicy{ServerContextTakeover: true, ClientContextTakeover: true, ServerWindowBits: 12, ClientWindowBits: 10}
	none := Deflate{}
	for _, tc := range []struct {
		policy DeflatePolicy
		offer  string
		answer string // "": declined
		want   Deflate
	}{
		// What browsers send, to the policy that keeps nothing.
		{DeflatePolicy{}, "permessage-deflate; client_max_window_bits",
			"permessage-deflate; server_no_context_takeover; client_no_context_takeover", Deflate{true, true, full, full}},
		{keepBoth, "permessage-deflate; client_max_window_bits", "permessage-deflate", Deflate{false, false, full, full}},
		{keepBoth, "permessage-deflate", "permessage-deflate", Deflate{false, false, full, full}},

		// 7.1.1: both flags, asked for.
		{keepBoth, "permessage-deflate; server_no_context_takeover", "permessage-deflate; server_no_context_takeover", Deflate{true, false, full, full}},
		{keepBoth, "permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover", Deflate{false, true, full, full}},
		{DeflatePolicy{ClientContextTakeover: true}, "permessage-deflate", "permessage-deflate; server_no_context_takeover", Deflate{true, false, full, full}},
		{DeflatePolicy{ServerContextTakeover: true}, "permessage-deflate", "permessage-deflate; client_no_context_takeover", Deflate{false, true, full, full}},

		// 7.1.2.1: the same or a smaller value, always in the answer if it was in the offer.
		{keepBoth, "permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=8", Deflate{false, false, 8, full}},
		{keepBoth, "permessage-deflate; server_max_window_bits=15", "permessage-deflate; server_max_window_bits=15", Deflate{false, false, full, full}},
		{small, "permessage-deflate; server_max_window_bits=15; client_max_window_bits", "permessage-deflate; server_max_window_bits=12; client_max_window_bits=10", Deflate{false, false, 12, 10}},
		{small, "permessage-deflate; server_max_window_bits=9; client_max_window_bits", "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10", Deflate{false, false, 9, 10}},

		// 7.1.2.2: only if the client can be told; if it can't, its window would be too large to be kept.
		{small, "permessage-deflate", "permessage-deflate; client_no_context_takeover; server_max_window_bits=12", Deflate{false, true, 12, full}},
		{small, "permessage-deflate; client_max_window_bits=9", "permessage-deflate; server_max_window_bits=12; client_max_window_bits=9", Deflate{false, false, 12, 9}},
		{keepBoth, "permessage-deflate; client_max_window_bits=11", "permessage-deflate; client_max_window_bits=11", Deflate{false, false, full, 11}},
		{keepBoth, `permessage-deflate; client_max_window_bits="15"`, "permessage-deflate; client_max_window_bits=15", Deflate{false, false, full, full}},

		// RFC 7692 7.1: what must be declined.
		{keepBoth, "", "", none},
		{keepBoth, "x-other; a=1", "", none},
		{keepBoth, "permessage-deflate; unknown", "", none},
		{keepBoth, "permessage-deflate; server_no_context_takeover; server_no_context_takeover", "", none},
		{keepBoth, "permessage-deflate; client_max_window_bits; client_max_window_bits=10", "", none},
		{keepBoth, "permessage-deflate; server_no_context_takeover=1", "", none},
		{keepBoth, "permessage-deflate; client_no_context_takeover=true", "", none},
		{keepBoth, "permessage-deflate; server_max_window_bits", "", none},
		{keepBoth, "permessage-deflate; server_max_window_bits=7", "", none},
		{keepBoth, "permessage-deflate; server_max_window_bits=16", "", none},
		{keepBoth, "permessage-deflate; server_max_window_bits=08", "", none},
		{keepBoth, "permessage-deflate; server_max_window_bits=+9", "", none},
		{keepBoth, "permessage-deflate; server_max_window_bits=1e1", "", none},
		{keepBoth, "permessage-deflate; client_max_window_bits=0", "", none},
		{keepBoth, "permessage-deflate; client_max_window_bits=100", "", none},
		{keepBoth, "permessage-deflate; Server_No_Context_Takeover", "", none},
		{keepBoth, "Permessage-Deflate", "", none},

		// The next offer is tried (5.2), whatever else is between.
		{keepBoth, "permessage-deflate; unknown, x-other, permessage-deflate; server_max_window_bits=10, permessage-deflate",
			"permessage-deflate; server_max_window_bits=10", Deflate{false, false, 10, full}},
	} {
		d, answer, ok, err := tc.policy.Negotiate([]string{tc.offer})
		if d != tc.want || answer != tc.answer || ok != (tc.answer != "") || err != nil {
			t.Errorf("%+v, %s:\ngot  %q %+v (%v, %v)\nwant %q %+v", tc.policy, tc.offer, answer, d, ok, err, tc.answer, tc.want)
		}
	}
}

func TestNegotiateSeveralLines(t *testing.T) {
	_, answer, ok, err := DeflatePolicy{}.Negotiate(http.Header{"X": {"x-other", "permessage-deflate"}}["X"])
	if !ok || err != nil || !strings.HasPrefix(answer, "permessage-deflate;") {
		t.Errorf("%q %v %v", answer, ok, err)
	}
}

func TestNegotiateMalformed(t *testing.T) {
	for _, lines := range [][]string{{"permessage-deflate;"}, {"x y", "permessage-deflate"}, {"permessage-deflate; unknown, ="}} {
		if d, answer, ok, err := (DeflatePolicy{}).Negotiate(lines); err != ErrExtensionSyntax || ok || answer != "" || d != (Deflate{}) {
			t.Errorf("%q: %+v %q %v %v", lines, d, answer, ok, err)
		}
	}
}

// FuzzNegotiate holds every answer to what RFC 7692 7.1 lets a client accept.
func FuzzNegotiate(f *testing.F) {
	for i, s := range []string{
		"permessage-deflate", "permessage-deflate; client_max_window_bits; server_max_window_bits=10",
		"permessage-deflate; server_no_context_takeover; client_no_context_takeover", "permessage-deflate; a, permessage-deflate; client_max_window_bits=9",
	} {
		f.Add(s, byte(i*37))
	}
	f.Fuzz(func(t *testing.T, line string, knobs byte) {
		p := DeflatePolicy{
			ServerContextTakeover: knobs&1 != 0, ClientContextTakeover: knobs&2 != 0,
			ServerWindowBits: 8 + int(knobs>>2&7), ClientWindowBits: 8 + int(knobs>>5),
		}
		d, answer, ok, err := p.Negotiate([]string{line})
		if !ok || err != nil {
			if answer != "" || d != (Deflate{}) || ok {
				t.Fatalf("%q: nothing agreed on, but %q %+v %v", line, answer, d, err)
			}
			return
		}
		// The answer alone must tell the client all that was agreed on, in legal terms.
		told := Deflate{ServerMaxWindowBits: full, ClientMaxWindowBits: full}
		parts := strings.Split(answer, "; ")
		if parts[0] != "permessage-deflate" {
			t.Fatalf("%q: answer %q", line, answer)
		}
		for _, part := range parts[1:] {
			name, value, _ := strings.Cut(part, "=")
			var n int
			if value != "" {
				if _, err := fmt.Sscan(value, &n); err != nil || n < 8 || n > 15 {
					t.Fatalf("%q: answer %q", line, answer)
				}
			}
			switch name {
			case "server_no_context_takeover":
				told.ServerNoContextTakeover = true
			case "client_no_context_takeover":
				told.ClientNoContextTakeover = true
			case "server_max_window_bits":
				told.ServerMaxWindowBits = n
			case "client_max_window_bits":
				told.ClientMaxWindowBits = n
				if !strings.Contains(line, name) {
					t.Errorf("%q: answer %q names a parameter that was not offered", line, answer)
				}
			default:
				t.Fatalf("%q: answer %q", line, answer)
			}
		}
		if !reflect.DeepEqual(told, d) {
			t.Errorf("%q: answer %q does not say what was agreed on: %+v", line, answer, d)
		}
		if !p.ServerContextTakeover && !d.ServerNoContextTakeover || !p.ClientContextTakeover && !d.ClientNoContextTakeover ||
			d.ServerMaxWindowBits > p.ServerWindowBits || !d.ClientNoContextTakeover && d.ClientMaxWindowBits > p.ClientWindowBits {
			t.Errorf("%q: %+v is more than the policy %+v", line, d, p)
		}
	})
}

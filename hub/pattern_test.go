package hub_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub"
)

func TestMatch(t *testing.T) {
	for _, row := range []struct {
		pattern string
		yes, no []string
	}{
		{"btcusdt@trade", []string{"btcusdt@trade"}, []string{"btcusdt@trades", "Btcusdt@trade", "tcusdt@trade", "a"}},
		{"*", []string{"a", "a/b:c@d", "*"}, nil},
		{"*@trade", []string{"btcusdt@trade", "@trade", "a@trade@trade"}, []string{"btcusdt@trade2", "trade"}},
		{"btcusdt@*", []string{"btcusdt@", "btcusdt@depth@100ms"}, []string{"ethusdt@trade", "btcusdt"}},
		{"a*b", []string{"ab", "axb", "abb", "a/b"}, []string{"a", "b", "aba", "ba"}},
		{"aba*aba", []string{"abaaba", "abaxaba", "abaabaaba"}, []string{"aba", "ababa"}}, // the ends do not overlap
		{"a*bc*d", []string{"abcd", "axbcxd", "abbcbcdd"}, []string{"abd", "acbd", "abcdx"}},
		{"**", []string{"a", "ab"}, nil},
		{"a**b", []string{"ab", "axb"}, []string{"a"}},
		{"*ab*ab*", []string{"abab", "xabyabz"}, []string{"ab", "aab", "aba"}},
		{"a.b", []string{"a.b"}, []string{"axb"}}, // a dot is a dot
	} {
		for _, name := range row.yes {
			if !hub.Match(row.pattern, name) {
				t.Errorf("%q does not match %q", row.pattern, name)
			}
		}
		for _, name := range row.no {
			if hub.Match(row.pattern, name) {
				t.Errorf("%q matches %q", row.pattern, name)
			}
		}
	}
}

// slowMatch is the definition: a star stands for nothing, or for one byte and what a star stands for.
func slowMatch(pattern, name string, seen map[[2]int]bool) bool {
	at := [2]int{len(pattern), len(name)}
	if done, ok := seen[at]; ok {
		return done
	}
	var ok bool
	switch {
	case pattern == "":
		ok = name == ""
	case pattern[0] == '*':
		ok = slowMatch(pattern[1:], name, seen) || name != "" && slowMatch(pattern, name[1:], seen)
	default:
		ok = name != "" && pattern[0] == name[0] && slowMatch(pattern[1:], name[1:], seen)
	}
	seen[at] = ok
	return ok
}

// FuzzPattern holds Match against its definition. Few different bytes, so that something fits.
func FuzzPattern(f *testing.F) {
	f.Add("a*b*c", "abcabc")
	f.Add("*ab*ab*", "aababab")
	f.Add("", "")
	f.Add("*a*a*a*a*a*b", strings.Repeat("a", 200))
	f.Fuzz(func(t *testing.T, pattern, name string) {
		if len(pattern) > 300 || len(name) > 300 {
			t.Skip()
		}
		squeeze := func(s string, set string) string {
			b := []byte(s)
			for i := range b {
				b[i] = set[int(b[i])%len(set)]
			}
			return string(b)
		}
		for _, p := range [][2]string{{pattern, name}, {squeeze(pattern, "ab*"), squeeze(name, "ab")}} {
			if got, want := hub.Match(p[0], p[1]), slowMatch(p[0], p[1], map[[2]int]bool{}); got != want {
				t.Errorf("Match(%q, %q) = %v", p[0], p[1], got)
			}
		}
	})
}

// A pattern made to be slow is not: the work is bounded by the two lengths, so a million tries end.
func TestMatchIsLinear(t *testing.T) {
	pattern, name := strings.Repeat("*a", 120)+"*b", strings.Repeat("a", 255)
	for range 100_000 {
		if hub.Match(pattern, name) {
			t.Fatal("it matches")
		}
	}
}

func TestValidatePattern(t *testing.T) {
	for _, good := range []string{"*", "a", "*@trade", "a*b", "********", strings.Repeat("a", 254) + "*"} {
		if err := hub.ValidatePattern(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":                             `not a legal pattern: it is empty`,
		"a*b c":                        `byte ' ' at offset 3; legal are A-Z a-z 0-9 _ . : @ / ! $ + -, and * for any of them`,
		"a?":                           `byte '?' at offset 1`,
		"*********":                    `it has 9 stars, at most 8 are allowed`,
		strings.Repeat("a", 255) + "*": `it has 256 bytes, at most 255 are allowed`,
	} {
		err := hub.ValidatePattern(bad)
		if !errors.Is(err, hub.ErrPattern) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", bad, err)
		}
		if ce := (*hub.ChannelError)(nil); !errors.As(err, &ce) || ce.Channel != bad {
			t.Errorf("%q: %#v", bad, err)
		}
	}
	if hub.IsPattern("a@trade") || !hub.IsPattern("a*") {
		t.Error("IsPattern is wrong")
	}
}

package auth

import (
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	p, err := NewPatterns([]string{"*@trade", "news"})
	if err != nil || p.None() || p.String() != "*@trade,news" || !p.Match("a@trade") || !p.Match("news") || p.Match("news,") || p.Match("new") {
		t.Errorf("%v %v", p, err)
	}
	if q, _ := NewPatterns([]string{"*@trade", "news"}); q != p {
		t.Error("equal sets are not one")
	}
	for _, none := range [][]string{nil, {}} {
		if p, err := NewPatterns(none); err != nil || !p.None() || p.Match("") || p.Match("a") || p.String() != "" {
			t.Errorf("%v: %v %v", none, p, err)
		}
	}
	for bad, want := range map[string]string{
		"":                       `"" is no pattern: it is empty`,
		"a b":                    `"a b" is no pattern: byte ' ' at offset 1; legal are A-Z a-z 0-9 _ . : @ / ! $ + -, and * for any of them`,
		"a,b":                    `byte ',' at offset 1`,
		"a?":                     `byte '?' at offset 1`,
		"*a*a*a*a*a*a*a*a*":      `it has 9 stars, at most 8 are allowed`,
		strings.Repeat("*", 256): `it has 256 bytes, at most 255 are allowed`,
	} {
		if _, err := NewPatterns([]string{"fine", bad}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := NewPatterns(make([]string, 257)); err == nil || !strings.Contains(err.Error(), "257 patterns are more than 256") {
		t.Errorf("too many: %v", err)
	}
}

func BenchmarkMatch(b *testing.B) {
	p, _ := NewPatterns([]string{"*@trade", "*@bookTicker", "news/*"})
	for b.Loop() {
		p.Match("btcusdt@depth@100ms")
	}
}

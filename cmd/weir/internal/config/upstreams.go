package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// upstreams is a value: a list of upstreams. In a file an entry may be a mapping instead of a text.
type upstreams struct{ p *[]Upstream }

func (v *upstreams) Set(s string) error {
	texts, err := split(s, ",")
	if err != nil {
		return err
	}
	return v.setAll(texts)
}

func (v *upstreams) setAll(texts []string) (err error) {
	*v.p, err = entries(texts, func(t string) (Upstream, error) {
		words, err := split(t, " \t\r\n")
		if err != nil {
			return Upstream{}, err
		}
		for i := range words {
			words[i] = unquoted(words[i])
		}
		return parseUpstream(words)
	})
	return err
}

func (v *upstreams) String() string { return strings.Join(v.words(), ",") }

func (v *upstreams) words() []string { return texts(*v.p) }

// split cuts s at any byte of seps, but not within quotes: a value, or a whole word, may be in double quotes, as in Go. Empty parts are left out.
func split(s, seps string) ([]string, error) {
	var parts []string
	begin := 0
	cut := func(i int) {
		if p := strings.Trim(s[begin:i], " \t\r\n"); p != "" {
			parts = append(parts, p)
		}
		begin = i + 1
	}
	for i := 0; i < len(s); i++ {
		switch {
		case strings.IndexByte(seps, s[i]) >= 0:
			cut(i)
		case s[i] == '"' && (i == 0 || strings.IndexByte("= ,\t\r\n", s[i-1]) >= 0):
			q, err := strconv.QuotedPrefix(s[i:])
			if err != nil {
				return nil, fmt.Errorf("a quote without its end, or a backslash with no meaning: %.40q", s[i:])
			}
			i += len(q) - 1
		}
	}
	cut(len(s))
	return parts, nil
}

// unquoted takes the quotes off a word, or the value in NAME="VALUE".
func unquoted(word string) string {
	at := 0
	if word[0] != '"' {
		at = strings.IndexByte(word, '=') + 1
	}
	if text, err := strconv.Unquote(word[at:]); err == nil && word[at] == '"' {
		return word[:at] + text
	}
	return word
}

// joinWords writes words so that split and unquoted read them.
func joinWords(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		name, value, ok := strings.Cut(w, "=")
		if !ok || i == 0 {
			name, value = "", w
		} else {
			name += "="
		}
		if value == "" || strings.ContainsAny(value, " \t\r\n,\"\\") {
			value = strconv.Quote(value)
		}
		out[i] = name + value
	}
	return strings.Join(out, " ")
}

// upstreamWords is the text of a mapping: url and kind stand for the first two words, and a list for a setting as often as it has entries.
func upstreamWords(m map[string]any) (string, error) {
	var head, rest []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		entries, many := m[key].([]any)
		if !many {
			entries = []any{m[key]}
		}
		for _, e := range entries {
			s, err := scalar(e)
			switch {
			case err != nil:
				return "", fmt.Errorf("%s: %w", key, err)
			case key == "url":
				head = slices.Insert(head, 0, s)
			case key == "kind":
				head = append(head, s)
			default:
				rest = append(rest, key+"="+s)
			}
		}
	}
	if _, ok := m["url"]; !ok {
		return "", fmt.Errorf("an upstream without url; write that of its WebSocket")
	}
	return joinWords(append(head, rest...)), nil
}

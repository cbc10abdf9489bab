package feed

import (
	"encoding/json"
	"iter"
)

// What follows walks JSON that encoding/json has found valid, so it looks only for where
// values end. encoding/json itself is used for judging and for strings with escapes; its decoder
// is not, because it takes the last of several equal keys, and keys that differ in
// letter case, where a request must mean one thing only.

// skipSpace returns the index of the first byte at or behind i that is no white space.
func skipSpace(p []byte, i int) int {
	for i < len(p) && (p[i] == ' ' || p[i] == '\t' || p[i] == '\n' || p[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index behind the string that begins at p[i].
func skipString(p []byte, i int) int {
	for i++; p[i] != '"'; i++ {
		if p[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the index behind the value that begins at p[i].
func skipValue(p []byte, i int) int {
	switch p[i] {
	case '"':
		return skipString(p, i)
	case '{', '[':
		for depth := 0; ; {
			switch p[i] {
			case '"':
				i = skipString(p, i)
				continue
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
			i++
		}
	}
	for i < len(p) { // a number or a literal
		switch p[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
		i++
	}
	return i
}

// depth returns how deep p, one value, is nested; 0 for a scalar.
func depth(p []byte) (deepest int) {
	for i, now := 0, 0; i < len(p); {
		switch p[i] {
		case '"':
			i = skipString(p, i)
			continue
		case '{', '[':
			now++
			deepest = max(deepest, now)
		case '}', ']':
			now--
		}
		i++
	}
	return deepest
}

// fields yields the keys, as strings between their quotes, and values of the object p.
func fields(p []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for i := skipSpace(p, 1); p[i] != '}'; {
			end := skipString(p, i)
			key := p[i:end]
			i = skipSpace(p, skipSpace(p, end)+1) // over the colon
			end = skipValue(p, i)
			if !yield(key, p[i:end]) {
				return
			}
			if i = skipSpace(p, end); p[i] == ',' {
				i = skipSpace(p, i+1)
			}
		}
	}
}

// elements yields the elements of the array p.
func elements(p []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := skipSpace(p, 1); p[i] != ']'; {
			end := skipValue(p, i)
			if !yield(p[i:end]) {
				return
			}
			if i = skipSpace(p, end); p[i] == ',' {
				i = skipSpace(p, i+1)
			}
		}
	}
}

// unquote returns the value of the JSON string p. A fault is not possible: p is valid.
func unquote(p []byte) string {
	for _, c := range p {
		if c == '\\' {
			var s string
			_ = json.Unmarshal(p, &s)
			return s
		}
	}
	return string(p[1 : len(p)-1])
}

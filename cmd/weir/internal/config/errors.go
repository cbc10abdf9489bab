package config

import "strings"

// Error is one thing that is wrong with the configuration: where, what, and what to do.
type Error struct {
	Place   string // "--max-conns", "WEIR_MAX_CONNS", "weir.yaml"
	Key     string // of the file; "" for flags and variables, whose Place names the option
	Problem string
	Hint    string // ""; or what to do
	Err     error  // the cause, nil if there is none
}

// Error is "PLACE: KEY: problem; hint" on one line.
func (e *Error) Error() string {
	parts := []string{e.Place}
	if e.Key != "" {
		parts = append(parts, e.Key)
	}
	s := strings.Join(append(parts, e.Problem), ": ")
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// didYouMean is the hint for an unknown name: the nearest known one, or where all of them stand.
//
// prefix begins all the names, and is not counted for their likeness.
func didYouMean(prefix, name string, known []string) string {
	rest := make([]string, len(known))
	for i, k := range known {
		rest[i] = strings.TrimPrefix(k, prefix)
	}
	if n := Nearest(strings.TrimPrefix(name, prefix), rest); n != "" {
		return "did you mean " + prefix + n + "?"
	}
	return "`weir check --print` lists all there are"
}

// Nearest returns the entry of known that is most like s, "" if none is like it: at most a third of its letters
// wrong, missing, too many or swapped with their neighbour, or the same last part after a dot.
func Nearest(s string, known []string) string {
	best, least := "", len(s)/3+1
	for _, k := range known {
		if d := distance(strings.ToLower(s), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return best
	}
	// "max-conns" or "server.max-conns" for "limits.max-conns": the right name in the wrong place.
	leaf := s[strings.LastIndexByte(s, '.')+1:]
	for _, k := range known {
		if i := strings.LastIndexByte(k, '.'); i >= 0 && distance(leaf, k[i+1:]) <= len(leaf)/4 {
			return k
		}
	}
	return ""
}

// distance is the optimal string alignment distance: edits, and swaps of neighbours, each of 1.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

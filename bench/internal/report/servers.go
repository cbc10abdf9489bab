package report

import (
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// weir is the name of the server that the others are compared with.
const weir = "weir"

// known is the order of columns: event loops, then goroutines, then node. Others follow, and a bare one, which is a reference
// and no rival, is last.
var known = []string{weir, "uws", "bun", "nbio", "gobwas", "gws", "gorilla", "coder", "node-ws"}

// goRivals are the servers that echo is to be ahead of.
var goRivals = []string{"gorilla", "coder", "gws", "nbio", "gobwas"}

func reference(v result.Server) bool { return v.Kind == "bare" || strings.HasPrefix(v.Name, "bare") }

// serversOf are the servers of a set as columns.
func serversOf(s *result.Set) []result.Server {
	of := slices.Clone(s.Servers)
	rank := func(v result.Server) int {
		if reference(v) {
			return len(known) + 1
		}
		if at := slices.Index(known, v.Name); at >= 0 {
			return at
		}
		return len(known)
	}
	slices.SortStableFunc(of, func(a, b result.Server) int { return rank(a) - rank(b) })
	return of
}

// look is how a server's line is told from the others without its colour as well.
type look struct {
	colour string // a CSS variable
	dash   string // of stroke-dasharray
	marker string // of marks
}

var looks = map[string]look{
	weir:      {"--weir", "", "disc"},
	"uws":     {"--c1", "", "square"},
	"bun":     {"--c2", "", "triangle"},
	"nbio":    {"--c3", "", "diamond"},
	"gws":     {"--c4", "", "cross"},
	"gorilla": {"--c5", "", "ring"},
	"coder":   {"--c1", "6 3", "box"},
	"gobwas":  {"--c2", "6 3", "wedge"},
	"node-ws": {"--c3", "6 3", "lozenge"},
	"bare":    {"--muted", "2 3", "plus"},
}

// spare is for servers that a user named, in turn.
var spare = []look{{"--c4", "6 3", "box"}, {"--c5", "6 3", "wedge"}, {"--c1", "2 3", "square"}, {"--c2", "2 3", "triangle"}}

// looksOf gives each server its look.
func looksOf(servers []result.Server) map[string]look {
	of := map[string]look{}
	next := 0
	for _, v := range servers {
		l, ok := looks[v.Name]
		if !ok {
			l = spare[next%len(spare)]
			next++
		}
		of[v.Name] = l
	}
	return of
}

//go:build !race && !invariants

package engine

// owner costs nothing without the race or invariants tag; see owner_on.go.
type owner struct{}

func (*owner) enter()          {}
func (*owner) check()          {}
func (*owner) scribble([]byte) {}

//go:build !race && !invariants

package hub

const invariants = false

type guard struct{}

func (*guard) enter()         {}
func (*guard) exit()          {}
func (*guard) roster(*roster) {}

package source

// agenda is a heap of symbols, the one that is due next at index 0. Symbols due at the same time go by their index,
// so that the order does not depend on how the heap came about.
type agenda []*symbol

func (a agenda) before(i, j int) bool {
	di, dj := a[i].due(), a[j].due()
	return di < dj || di == dj && a[i].index < a[j].index
}

// init makes a heap of symbols in any order.
func (a agenda) init() {
	for i := len(a)/2 - 1; i >= 0; i-- {
		a.down(i)
	}
}

// fix puts the first symbol where it belongs after its time has changed, to later.
func (a agenda) fix() { a.down(0) }

func (a agenda) down(i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(a); child++ {
			if a.before(child, least) {
				least = child
			}
		}
		if least == i {
			return
		}
		a[i], a[least] = a[least], a[i]
		i = least
	}
}

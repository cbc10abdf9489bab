package main

import "fmt"

// account is what one reader has of a stream.
type account struct {
	of   *stream
	last uint64   // numbers up to it are accounted for
	keys []uint64 // by key, the number of the latest value

	delivered, conflated uint64
}

func newAccount(s *stream) account { return account{of: s, keys: make([]uint64, s.keys)} }

// take books a message.
func (a *account) take(m *message) error {
	switch {
	case m.dropped:
		return fmt.Errorf("%d to %d were dropped, and this channel drops nothing", m.from, m.seq)
	case m.from != a.last+1 || m.seq < m.from || m.seq > a.of.total:
		return fmt.Errorf("%d to %d do not tile: accounted for are %d of %d", m.from, m.seq, a.last, a.of.total)
	case m.value != firstValue+m.seq || m.key != keyOf(m.seq, a.of.keys):
		return fmt.Errorf("message %d has the value %d of key %d", m.seq, m.value, m.key)
	case a.keys[m.key] >= m.seq:
		return fmt.Errorf("key %d goes back from %d to %d", m.key, a.keys[m.key], m.seq)
	}
	a.keys[m.key] = m.seq
	a.last = m.seq
	a.delivered++
	a.conflated += m.seq - m.from
	return nil
}

// done reports whether everything is accounted for.
func (a *account) done() bool { return a.last == a.of.total }

// close checks the end: whatever was conflated away was superseded, so the last value of every key is here.
func (a *account) close() error {
	if !a.done() {
		return fmt.Errorf("only %d of %d numbers are accounted for", a.last, a.of.total)
	}
	for n := a.of.total; n > 0 && n+uint64(a.of.keys) > a.of.total; n-- {
		if k := keyOf(n, a.of.keys); a.keys[k] != n {
			return fmt.Errorf("of key %d the last value is update %d, and the reader has %d", k, n, a.keys[k])
		}
	}
	return nil
}

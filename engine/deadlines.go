package engine

// deadlines is a queue of connections with one and the same time limit, so that the
// first in is the first due and no timer is needed. Entries of connections that
// moved on are skipped when their time comes.
type deadlines struct {
	queue []deadline
	head  int
}

type deadline struct {
	ref Ref
	at  int64
}

func (d *deadlines) empty() bool { return d.head == len(d.queue) }

func (d *deadlines) push(c *Conn, at int64) {
	c.loop.stir()
	if d.head > 1024 && d.head*2 > len(d.queue) {
		n := copy(d.queue, d.queue[d.head:])
		d.queue, d.head = d.queue[:n], 0
	}
	d.queue = append(d.queue, deadline{c.Ref(), at})
}

// due calls f for every connection whose time has come and that still exists, as long as the budget lasts: each that f gave
// up takes one from it.
func (d *deadlines) due(l *Loop, budget *int, f func(*Conn) (gaveUp bool)) {
	for d.head < len(d.queue) && d.queue[d.head].at <= l.now && *budget > 0 {
		e := d.queue[d.head]
		d.head++
		if c := l.slots.get(e.ref); c != nil && f(c) {
			*budget--
		}
	}
	if d.head == len(d.queue) {
		d.head = 0
		if cap(d.queue) > 4096 {
			d.queue = nil
		}
		d.queue = d.queue[:0]
	}
}

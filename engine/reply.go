package engine

// replyBuffer gathers what a connection sends while it is being read, so that the
// replies to one read leave in one write. A loop has one: it reads one connection at a time.
type replyBuffer struct {
	conn *Conn
	buf  []byte
}

func (r *replyBuffer) begin(c *Conn) { r.conn = c }

func (r *replyBuffer) end() {
	// A Drain callback may send again, so one flush may not be the last.
	for c := r.conn; len(r.buf) > 0 && c.state != stateDone; {
		c.flush()
	}
	r.conn = nil
	r.drop()
}

// drop forgets the bytes; a buffer that one large burst has grown is given back.
func (r *replyBuffer) drop() {
	if cap(r.buf) > 4*coalesceLimit {
		r.buf = nil
	}
	r.buf = r.buf[:0]
}

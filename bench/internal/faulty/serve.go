package faulty

import (
	"net"
	"sync"
	"time"
)

// echo sends everything back, what came in one read in one write.
func (s *Server) echo(c net.Conn) {
	in, o := reader{c: c}, &outlet{s: s, c: c}
	var batch []message
	var out []byte
	for !o.cut {
		var err error
		if batch, err = in.read(batch); err != nil {
			return
		}
		batch = s.data(batch)
		out = out[:0]
		first, look := o.touched(len(batch))
		for i, m := range batch {
			if look {
				out = o.deliver(out, first+int64(i), m)
			} else {
				out = appendFrame(out, 0x80|m.op, m.payload)
			}
		}
		if s.frozen.Load() {
			continue
		}
		if err := o.write(out); err != nil {
			return
		}
	}
}

// data leaves the messages of a batch, and counts its pongs.
func (s *Server) data(batch []message) []message {
	kept := batch[:0]
	for _, m := range batch {
		if m.op == 0xa {
			s.pongs.Add(1)
		} else if m.op < 8 {
			kept = append(kept, m)
		}
	}
	return kept
}

// subscriber is one connection on /sub, with a goroutine that writes what waits for it.
type subscriber struct {
	outlet
	mu      sync.Mutex
	more    sync.Cond
	waiting []byte
	ended   bool
}

func (s *Server) subscribe(c net.Conn) {
	sub := &subscriber{outlet: outlet{s: s, c: c}}
	sub.more.L = &sub.mu
	s.done.Add(1)
	go sub.run()
	if s.fault.Late > 0 {
		time.Sleep(s.fault.Late)
	}
	s.mu.Lock()
	s.subs = append(s.subs, sub)
	s.mu.Unlock()
	in := reader{c: c}
	var batch []message
	for {
		var err error
		if batch, err = in.read(batch); err != nil {
			sub.end()
			return
		}
		s.data(batch)
	}
}

func (u *subscriber) end() {
	u.mu.Lock()
	u.ended = true
	u.more.Signal()
	u.mu.Unlock()
}

func (u *subscriber) run() {
	defer u.s.done.Done()
	var b []byte
	for {
		u.mu.Lock()
		for len(u.waiting) == 0 && !u.ended {
			u.more.Wait()
		}
		b, u.waiting = u.waiting, b[:0]
		last := u.ended
		u.mu.Unlock()
		if u.write(b) != nil || last {
			if last {
				// What was written has to reach a peer that reads slowly: a close with unread input would reset.
				_ = u.c.(*net.TCPConn).CloseWrite()
			}
			return
		}
	}
}

// put queues bytes, as far as the limit goes.
func (u *subscriber) put(b []byte) {
	f := &u.s.fault
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ended || u.cut && len(b) == 0 {
		return
	}
	if f.Limit > 0 && len(u.waiting) > f.Limit {
		switch f.Slow {
		case DropNew:
			return
		case Hangup:
			u.ended = true
			_ = u.c.(*net.TCPConn).SetLinger(0)
			u.c.Close()
			return
		case Close1013:
			u.ended = true
			b = []byte{0x88, 2, 1013 >> 8, 1013 & 0xff}
		}
	}
	u.waiting = append(u.waiting, b...)
	u.more.Signal()
}

// publish gives what comes to every subscriber.
func (s *Server) publish(c net.Conn, channels int) {
	in := reader{c: c}
	var batch []message
	var whole, special []byte
	for {
		var err error
		if batch, err = in.read(batch); err != nil {
			return
		}
		batch = s.data(batch)
		if s.fault.Overtake {
			overtake(batch, channels)
		}
		whole = whole[:0]
		for _, m := range batch {
			whole = appendFrame(whole, 0x80|m.op, m.payload)
		}
		s.mu.Lock()
		subs := s.subs
		s.mu.Unlock()
		for _, u := range subs {
			first, look := u.touched(len(batch))
			b := whole
			if look {
				special = special[:0]
				for i, m := range batch {
					special = u.deliver(special, first+int64(i), m)
				}
				b = special
			}
			if s.frozen.Load() {
				break
			}
			u.put(b)
		}
	}
}

// overtake turns groups of messages round of which no two are of one channel.
func overtake(batch []message, channels int) {
	for len(batch) > 0 {
		n := min(channels, len(batch))
		for i, j := 0, n-1; i < j; i, j = i+1, j-1 {
			batch[i], batch[j] = batch[j], batch[i]
		}
		batch = batch[n:]
	}
}

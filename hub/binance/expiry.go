package binance

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// lend notes when the session's time ends. It is called once, when the connection opens.
func (n *Session) lend() {
	s := n.streams
	if s.cfg.Expires == nil || n.user == nil {
		return
	}
	if at := s.cfg.Expires(n.user); !at.IsZero() {
		n.lease, _ = s.leases.Lend(n.conn.Loop(), nil, n, at)
	}
}

// giveBack forgets it.
func (n *Session) giveBack() {
	n.streams.leases.GiveBack(n.conn.Loop(), n.lease)
	n.lease = nil
}

// Tick is for engine.Handler.Tick: it closes the connections whose time by Config.Expires is over, with 3000, and sends what streams
// with a highest rate have kept back.
func (s *Streams) Tick(l *engine.Loop) {
	s.tickHolds(l)
	s.leases.Tick(l, s.cfg.Now, (*Session).expire)
}

// expire closes the connection because its time is over.
func (n *Session) expire() {
	n.giveBack()
	n.conn.Close(frame.StatusUnauthorized, "the token has expired")
}

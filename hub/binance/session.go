package binance

import (
	"errors"
	"slices"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/lease"
	"github.com/weir-ws/weir/hub/raw"
)

// Session is one client: the member that the hub sees. It is the User of its connection, and belongs to that connection's loop.
type Session struct {
	streams  *Streams
	conn     *engine.Conn
	in       hub.Memberships
	user     any
	first    *[]string // the streams of the URL, until Open
	combined bool
	flushing bool
	lease    *lease.Lease[*Session] // nil unless the user's time is limited
	holds    map[string]*hub.Hold   // by channel; nil most of the time
}

// Deliver implements [hub.Member].
func (n *Session) Deliver(m *hub.Message) hub.Outcome {
	if m.Snapshot && n.holds[m.Channel] == nil { // a state has no place in the exchange's streams: there it is got by REST
		return hub.Sent
	}
	if n.holds == nil && n.conn.SendFree(m.Frame(n.encoding())) {
		return hub.Sent
	}
	return n.deliverBy(m)
}

// DeliverRun implements [hub.RunMember].
func (n *Session) DeliverRun(r *hub.Run) bool {
	if r.Snapshots() || n.holds != nil && n.holds[r.Channel()] != nil {
		return false
	}
	return n.conn.SendRun(r.Frames(n.encoding()))
}

// Memberships implements [hub.Member].
func (n *Session) Memberships() *hub.Memberships { return &n.in }

func (n *Session) encoding() hub.Encoding {
	if n.combined {
		return Combined
	}
	return raw.Encoding
}

// subscribe joins a stream; to have it already is fine. The error is a failure, for the client.
func (n *Session) subscribe(name string) error {
	if known := n.streams.cfg.Known; known != nil && !known(name) {
		return nil
	}
	err := n.streams.hub.Join(n.conn.Loop(), n, name, hub.JoinOptions{
		Joined: func(j hub.Joined) { n.joined(j, name) },
	})
	switch {
	case errors.Is(err, hub.ErrAlreadyJoined):
		return nil
	case errors.Is(err, hub.ErrTooManyChannels):
		return invalid("a connection has no more streams than this one; unsubscribe from some first")
	case errors.Is(err, hub.ErrChannelName):
		return invalid("%.64q is no stream's name", name)
	case err != nil:
		return invalid("the server takes no subscriptions now; try again later")
	}
	return nil
}

// names returns the client's streams, in order.
func (n *Session) names() []string {
	return slices.Sorted(n.in.Channels())
}

// answer sends what must not be left out: a client would wait for it for ever.
func (n *Session) answer(p []byte) {
	if n.conn.Send(frame.OpText, p) == engine.Dropped {
		n.streams.evictions.Add(1)
		n.conn.Close(frame.StatusTryAgainLater, "slow consumer: no room for an answer")
	}
}

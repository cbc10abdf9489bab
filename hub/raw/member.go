package raw

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/internal/policy"
)

// Member is one connection as a member of a hub's channels. It is used on the connection's loop
// only, and must not be copied once it has joined a channel.
type Member struct {
	conn *engine.Conn
	in   hub.Memberships
}

// NewMember returns a member for c. It is in no channel yet. Nothing is attached to c: the
// caller keeps the member, or uses [Open].
func NewMember(c *engine.Conn) *Member {
	m := new(Member)
	m.Init(c)
	return m
}

// Init makes a zero Member, one that is embedded for instance, the member of c.
func (m *Member) Init(c *engine.Conn) { m.conn = c }

// Conn returns the connection.
func (m *Member) Conn() *engine.Conn { return m.conn }

// Deliver implements [hub.Member]: it sends the payload as it was published, under the policy of the channel.
func (m *Member) Deliver(msg *hub.Message) hub.Outcome {
	p := msg.Options.Slow
	if p == hub.SlowConflate { // nothing is kept here that could be sent later, and a last value must not be left out
		p = hub.SlowLossless
	}
	return hub.Outcome(policy.Send(m.conn, p, msg.Frame(Encoding)))
}

// DeliverRun implements [hub.RunMember].
func (m *Member) DeliverRun(r *hub.Run) bool { return m.conn.SendRun(r.Frames(Encoding)) }

// Memberships implements [hub.Member].
func (m *Member) Memberships() *hub.Memberships { return &m.in }

// Join puts the member into channel: every message published after the call reaches it. The
// errors are those of [hub.Hub.Join].
func (m *Member) Join(h *hub.Hub, channel string) error {
	return h.Join(m.conn.Loop(), m, channel, hub.JoinOptions{})
}

// Leave takes the member out of channel, at once. The errors are those of [hub.Hub.Leave].
func (m *Member) Leave(h *hub.Hub, channel string) error {
	return h.Leave(m.conn.Loop(), m, channel)
}

// LeaveAll takes the member out of all its channels. It is owed when the connection closes.
func (m *Member) LeaveAll(h *hub.Hub) { h.LeaveAll(m.conn.Loop(), m) }

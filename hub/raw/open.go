package raw

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
)

// Open makes c a member of the channels and attaches the [Member] to c as its User, in place
// of what was there. To be called in engine.Handler.Open, with [Close] in Handler.Close. The
// first error of [hub.Hub.Join] ends it; c is then in no channel and has its old User, and
// it is for the caller to close it.
func Open(h *hub.Hub, c *engine.Conn, channels ...string) error {
	m := NewMember(c)
	for _, ch := range channels {
		if err := m.Join(h, ch); err != nil {
			m.LeaveAll(h)
			return err
		}
	}
	c.SetUser(m)
	return nil
}

// Of returns the member that [Open] attached to c, nil if none.
func Of(c *engine.Conn) *Member {
	m, _ := c.User().(*Member)
	return m
}

// Close takes c out of all its channels. It does nothing for a connection without a [Member],
// so that a handler with several kinds of connections can call it for all of them.
func Close(h *hub.Hub, c *engine.Conn) {
	if m := Of(c); m != nil {
		m.LeaveAll(h)
	}
}

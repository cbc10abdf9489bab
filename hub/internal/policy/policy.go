// Package policy sends what is published to channels under the channels' policies for slow members. It is what the protocols that carry a hub's
// messages have in common.
package policy

import (
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// Send sends f to c, as a channel with the policy p wants it. With hub.SlowConflate a connection at its high watermark takes nothing and is not
// harmed: the outcome is engine.Dropped, and f is the caller's to keep and to send later. To be called on c's loop.
func Send(c *engine.Conn, p hub.SlowPolicy, f *frame.Message) engine.Outcome {
	switch p {
	case hub.SlowLossless:
		return c.SendUnder(engine.PolicyQueue, f)
	case hub.SlowDrop:
		return c.SendUnder(engine.PolicyDrop, f)
	case hub.SlowConflate:
		return c.SendUnder(engine.PolicyRefuse, f)
	}
	return c.SendMessage(f)
}

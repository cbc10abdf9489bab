// Package raw puts plain connections into a hub: what is published to a channel is what its
// members receive, the same opcode and the same bytes, with nothing around them. It is for
// servers with a protocol of their own, and for benchmarks.
//
//	engine.Handler{
//		Open:  func(c *engine.Conn) { raw.Open(h, c, "news") },
//		Close: func(c *engine.Conn, _ error) { raw.Close(h, c) },
//	}
//
// A message is framed once, however many members it has; a member costs 32 bytes besides its
// connection and one entry in the hub for each channel. What becomes of a message for a member that reads
// too slowly, hub.ChannelOptions.Slow says:
//
//	default   as the engine's own policy: it is left out, or the connection closed
//	lossless  it waits, up to engine.Config.HardLimit; then the connection is closed with 1013
//	drop      it is left out
//	conflate  as lossless
//
// Nothing in a payload shows a loss, so drop is for payloads that can do without each other, or that bear numbers
// of their own. For the same reason nothing is conflated: a last value that was left out, with none behind it, would leave its member
// with a wrong one for ever. A protocol whose clients must know puts hub.Message.Seq into its messages, as package feed does, which
// conflates too. MaxHz, Snapshot and Heartbeat of a channel are not for raw members either: they get what is published from now on, as it
// is published.
//
// Who needs more about a connection than its memberships embeds a [Member]:
//
//	type player struct {
//		raw.Member
//		name string
//	}
package raw

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
// connection and one entry in the hub for each channel. A member that reads too slowly loses
// messages, or its connection, as the engine's slow policy says: nothing in the payload shows a
// loss. A protocol whose clients must know puts hub.Message.Seq into its messages, as package
// feed does.
//
// Who needs more about a connection than its memberships embeds a [Member]:
//
//	type player struct {
//		raw.Member
//		name string
//	}
package raw

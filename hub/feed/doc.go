// Package feed is the typed JSON protocol for market data: clients subscribe to channels of a
// hub over one WebSocket connection and receive numbered messages. docs/protocol.md is the
// protocol for those who write clients; a test runs every example in it.
//
//	client                                     server
//	{"type":"subscribe","channel":"a@trade"} ->
//	                                         <- {"type":"subscribed","channel":"a@trade","epoch":"...","seq":41}
//	                                         <- {"type":"message","channel":"a@trade","seq":42,"ts":1723161254087896568,"data":{...}}
//
// A [Feed] is the server's side. [Feed.Handler] makes an engine serve it; a server with more
// than one path calls [Feed.Upgrade], [Feed.Open], [Feed.Message] and [Feed.Close] from a
// handler of its own, for the connections whose User is a [*Session], and [Feed.Drain] and [Feed.Tick] from its own Drain and Tick.
//
// Messages come in from the server's own code ([Feed.Publish]), and where Config.PermitPublish lets
// them, from clients and from backends over HTTP ([Publisher]).
//
// # What it holds to
//
//   - Bad input gets an error answer with a documented [Code], and costs no more than a pass
//     over its bytes. It never closes the connection. A binary message does (1003), and so does
//     breaking RFC 6455 or flooding, which is the engine's to judge.
//   - A subscribed answer with sequence number S stands before the channel's first message, which
//     has S+1. Every number after S is accounted for: it is sent, a later message says that it was superseded or
//     dropped, or, where nothing follows, a "dropped" of its own. hub.ChannelOptions.Slow decides which.
//   - Every request has an answer for each channel it names. When a connection already holds
//     its high watermark of unsent bytes, an answer cannot be left out as a message
//     can, because the client would wait for it for ever: the connection is closed with 1013.
//   - The bytes of "data" are those that were published.
//   - Who a client is, what it may have and how long it may stay is up to the funcs of [Config]; the package
//     knows of no kind of token, and logs none.
//
// # What it costs
//
// A message is encoded once, whatever the number of its members. An idle session is 64 bytes,
// its memberships included.
package feed

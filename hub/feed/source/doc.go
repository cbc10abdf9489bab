// Package source is where the data of a feed comes from. It knows nothing of sockets, engines or hubs: a source
// publishes to a [Sink], and whoever owns the hub gives it one.
//
//	                 +------------- this package ------------+
//	recording[.gz] --> lines --> envelope scanner --> timing --> Sink.Publish(channel, data, ts)
//	seed           --> order books, Poisson events --> timing -+
//	NDJSON         --> publish requests --> gaps --------------/
//
// A source that is a network connection is in package upstream.
//
// # Sources
//
// [Replay] plays a recording of a combined market-data stream. A line of the file is
//
//	1723161254087896568 {"stream":"btcusdt@trade","data":{"e":"trade",...}}
//	`-- local clock, ns  `-- the JSON as it came over the WebSocket
//
// The channel is the value of "stream"; what is published is the bytes of "data", unchanged: they are found by a
// scanner that walks the JSON text, and nothing is ever encoded again. A replay runs at the recorded speed, at a
// multiple of it, or at [Max], where the caller's Pace holds it to what subscribers can take.
//
// [Lines] publishes what another program writes, one publish request a line: from standard input, say.
//
// [Market] is a market without an exchange: order books that move, trade and publish in the same JSON shapes,
// from a seed. The same seed on the same clock publishes the same bytes.
//
// # Time
//
// Replay and Market take a [Clock]. Their schedules are absolute: the time of the nth message is computed from the
// start, never from the time of the message before it, so lateness does not add up. Wakes are coarse: messages
// less than a millisecond apart go out together.
package source

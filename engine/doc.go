// Package engine holds WebSocket connections on event loops.
//
// An [Engine] runs a fixed number of loops, by default one per core. A connection
// belongs to one [Loop] from open to close, and everything about it happens there:
// its callbacks, its sends, its timers, its teardown. There is no goroutine, no
// timer and no buffer per idle connection, and no lock on the way from a read to a
// callback or from a publish to a write.
//
// Three rules follow, and the rest of the package leans on them:
//
//   - A *[Conn] is only ever met as a callback argument. Other goroutines keep its
//     [Ref] and reach it with [Ref.Post].
//   - The bytes handed to [Handler].Message die when it returns.
//   - A send never blocks. It says what became of the message ([Outcome]), and
//     [Conn.Buffered] says how much the peer has yet to take.
//
// Sends made during one callback, or while a loop works off what was posted to it,
// leave in one write per connection. This is not a timer: an idle loop writes at
// once.
//
// Slow consumers are held to two watermarks. At or above the high one a connection's
// [SlowPolicy] applies; when it has fallen to the low one Handler.Drain runs. The
// hard limit and the write deadline end a connection for good, with close code 1013.
// What waits for a slow peer is references to shared frames, never copies of them.
package engine

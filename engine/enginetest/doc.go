// Package enginetest runs an engine in memory, on a clock that the test moves.
//
// A [Server] is an engine with its loops, and nothing else: no sockets, no goroutines, no
// timers. The test's goroutine is every loop. So a test chooses the order of reads, writes, ticks and
// posts, and the same choice gives the same run. A [Client] is the other end of one
// connection, with the bytes as they are on the wire and hands on the kernel between: how much it
// takes, when it is full, when it fails.
//
// A client's input is read by its loop at once, inside [Client.Write]. What is posted waits for
// [Server.Settle], what is timed for [Server.Advance]. Neither is called by itself.
//
// A client costs some 100 bytes beside the engine's own connection, so a benchmark can
// hold a million.
package enginetest

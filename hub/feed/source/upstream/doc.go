// Package upstream is a source that is a WebSocket connection to somebody else's server: one connection to an exchange, or to another Weir,
// that feeds any number of local readers.
//
//	exchange --> [raw]  read --> Map: channel, key, time, data --> source.Sink
//	weir     --> [weir] client: snapshots, accounts, resume ----/
//
// An [Upstream] connects, asks for what it is there for, and connects again whenever the connection is lost, after a random time that doubles, or the
// one that the server has asked for. It never gives up: a source that has ended would be a server that is silent for good.
//
// # Gaps
//
// What was missed while there was no connection is declared: the next message of each channel that may be affected has [source.Event].Gap, so a
// reader further down knows that a state built from differences begins anew. A raw upstream cannot resume, so that is every channel of it after each loss;
// one of kind weir resumes, and only what could not be recovered is declared.
//
// # Backpressure
//
// Messages are published one by one from the goroutine that reads the connection. A sink that waits holds back the connection, nothing is queued
// here, and an upstream that loses its patience with that is one that was lost.
package upstream

// Package load is the bench's load generator. One epoll loop on the caller's goroutine, locked to its thread,
// drives every connection over raw sockets; a delivery costs a read and a comparison and allocates nothing.
// It is the judge as well as the load: every message is verified for order, completeness and content, and what a
// server does wrong comes back as a *Violation that names the connection and the messages.
//
// It speaks the bench's server protocol: /echo, /sub, /pub, and /sub/N with /pub/N where a plan has channels.
// It imports nothing of the engine that it measures.
package load

// Package clients holds checks with WebSocket clients nobody here wrote: Node's ws, Go's coder/websocket
// and Chromium, each against the weir binary as a user would run it.
//
// `make client-deps` installs what they need from npm; `make clients` fails where a client is missing, plain
// `go test` skips it and says so.
package clients

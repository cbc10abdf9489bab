// Package clients holds checks with peers nobody here wrote: Node's ws, Go's coder/websocket, Chromium and curl, each against the weir
// binary as a user would run it, and nginx in front of it with the file of docs/deploy.
//
// `make client-deps` installs what they need from npm; `make clients` fails where a client is missing, plain
// `go test` skips it and says so.
package clients

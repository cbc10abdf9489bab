// Package rival knows the servers that the bench measures: it builds them, starts them, tells their versions, and says
// of those that cannot take part what is missing.
package rival

import (
	"slices"

	"github.com/weir-ws/weir/bench/internal/result"
)

// Entry is one server in the catalogue.
type Entry struct {
	Name string
	Kind string // as result.Server has it
	// Module is the Go module, or the npm package, that the server is made with; "" for bare and uws.
	Module string

	prepare func(*preparation, Entry) (Server, error)
}

// Catalogue lists the servers in the order in which results show them.
func Catalogue() []Entry {
	const loop, goroutine = "event loop", "goroutine per connection"
	return []Entry{
		{"weir", loop, "github.com/weir-ws/weir", (*preparation).golang},
		{"bare", "bare", "", (*preparation).golang},
		{"uws", loop, "", (*preparation).absent},
		{"bun", loop, "bun", (*preparation).bun},
		{"gws", goroutine, "github.com/lxzan/gws", (*preparation).golang},
		{"nbio", loop, "github.com/lesismal/nbio", (*preparation).golang},
		{"gorilla", goroutine, "github.com/gorilla/websocket", (*preparation).golang},
		{"coder", goroutine, "github.com/coder/websocket", (*preparation).golang},
		{"gobwas", goroutine, "github.com/gobwas/ws", (*preparation).golang},
		{"node-ws", "node", "ws", (*preparation).node},
	}
}

// Names lists the names of the catalogue in its order.
func Names() (names []string) {
	for _, e := range Catalogue() {
		names = append(names, e.Name)
	}
	return names
}

// Server is one that can be started.
type Server struct {
	Name    string
	Kind    string // as result.Server has it
	Version string // of the library, "" if a custom command does not tell
	Command []string
	dir     string // where Command runs; "" is here
	custom  bool   // no promise that it prints the listening line
}

// Result is the server as records have it.
func (s Server) Result() result.Server {
	return result.Server{Name: s.Name, Version: s.Version, Command: slices.Clone(s.Command), Kind: s.Kind}
}

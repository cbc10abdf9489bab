package config

import (
	"fmt"
	"net"
	"slices"

	"github.com/weir-ws/weir/frame"
)

// checkAdmin reports what cannot work about the admin listener.
func (c *Config) checkAdmin(bad func(key, problem, hint string)) {
	const key = "server.admin"
	a := c.Server.Admin
	if a == AdminOff {
		if c.Server.Pprof {
			bad("server.pprof", "profiles are served on the admin listener, and that is off", "remove it, or name an address with --admin")
		}
		return
	}
	problem := badAddress(a)
	if a == "unix:" {
		problem = "there is no path"
	} else if _, ok := SocketName(a); ok && problem == "" {
		problem = "a socket of systemd's is the admin listener by its name, FileDescriptorName=admin"
	}
	if problem != "" {
		bad(key, fmt.Sprintf("%q: %s", a, problem), "write HOST:PORT, unix:/PATH or off")
		return
	}
	if _, port, err := net.SplitHostPort(a); (err != nil || port != "0") && slices.Contains(c.Server.Listen, a) {
		bad(key, fmt.Sprintf("%q is where the feed is served; what the admin listener tells is not for the public", a), "write another address, or off")
	}
}

// drainCode is the status behind the option's name.
func drainCode(name string) frame.Status {
	if name == "1012" {
		return frame.StatusServiceRestart
	}
	return frame.StatusGoingAway
}

package engine

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// removeStale removes the unix socket at path if bind failed with err because of it and nobody listens on it: a
// process that is killed leaves its socket's name behind. What is no socket stays, and so does a socket on which somebody
// answers, or is only too busy to. It reports whether another try is worth while.
func removeStale(path string, err error) bool {
	if !errors.Is(err, syscall.EADDRINUSE) {
		return false
	}
	was, err := os.Lstat(path)
	if err != nil || was.Mode().Type() != os.ModeSocket {
		return false
	}
	c, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		_ = c.Close()
		return false
	}
	// unix(7): ECONNREFUSED is for an address that "is not bound to a listening socket". A full queue is EAGAIN, a
	// socket of another kind EPROTOTYPE.
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return false
	}
	// Two that start at once both come here: who finds another socket than the dead one leaves it.
	if is, err := os.Lstat(path); err != nil || !os.SameFile(was, is) {
		return err != nil
	}
	return os.Remove(path) == nil
}

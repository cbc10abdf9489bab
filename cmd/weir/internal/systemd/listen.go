package systemd

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// firstFD is SD_LISTEN_FDS_START.
const firstFD = 3

// maxFDs is more sockets than any unit has; a number above it is not systemd's.
const maxFDs = 1024

// Inherited is a listening socket that systemd opened for us.
type Inherited struct {
	Name string // FileDescriptorName= of the socket unit, "" if systemd told none
	net.Listener
}

// Listeners returns the sockets that environ says process pid was started with; nil if it says of none, or means another
// process. They must be taken once. On an error none is kept open.
func Listeners(environ []string, pid int) ([]Inherited, error) {
	if lookup(environ, "LISTEN_PID") != strconv.Itoa(pid) {
		return nil, nil
	}
	text := lookup(environ, "LISTEN_FDS")
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxFDs {
		return nil, fmt.Errorf("LISTEN_FDS is %q, which is no number of sockets", text)
	}
	return take(firstFD, n, strings.Split(lookup(environ, "LISTEN_FDNAMES"), ":"))
}

// take makes listeners of n descriptors from first on.
func take(first, n int, names []string) ([]Inherited, error) {
	var all []Inherited
	var failed error
	for i := range n {
		name := ""
		if i < len(names) {
			name = names[i]
		}
		fd := first + i
		f := os.NewFile(uintptr(fd), "inherited "+strconv.Itoa(fd))
		if failed != nil {
			_ = f.Close()
			continue
		}
		ln, err := net.FileListener(f) // a descriptor of its own, with close-on-exec
		_ = f.Close()
		if err != nil {
			failed = fmt.Errorf("descriptor %d (%s) is no listening stream socket: %w; the socket unit needs ListenStream=", fd, name, err)
			continue
		}
		all = append(all, Inherited{name, ln})
	}
	if failed != nil {
		for _, in := range all {
			_ = in.Close()
		}
		return nil, failed
	}
	return all, nil
}

//go:build unix

package serve

import "golang.org/x/sys/unix"

// descriptors is the number of files and sockets that the process may have open. Package os has raised the soft limit
// to the hard one by now.
func descriptors() uint64 {
	var r unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &r) != nil {
		return 0
	}
	return uint64(r.Cur)
}

//go:build unix && !linux

package engine

import "golang.org/x/sys/unix"

// writev writes slice by slice: x/sys has no writev for every BSD.
func writev(fd int, v [][]byte) (wrote int, err error) {
	for _, p := range v {
		n, err := unix.Write(fd, p)
		wrote += max(n, 0)
		if wrote > 0 && (err == unix.EAGAIN || err == unix.EINTR) {
			return wrote, nil // the caller would begin again from the first slice
		}
		if err != nil || n < len(p) {
			return wrote, err
		}
	}
	return wrote, nil
}

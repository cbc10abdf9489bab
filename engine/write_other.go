//go:build unix && !linux

package engine

import "golang.org/x/sys/unix"

// write is write(2).
func write(fd int, p []byte) (int, error) {
	n, err := unix.Write(fd, p)
	return max(n, 0), err
}

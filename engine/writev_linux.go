package engine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// writev is writev(2), without telling the Go scheduler as write does. The vector of the system's form
// is made on the stack unless it is a long one.
func writev(fd int, v [][]byte) (int, error) {
	var room [64]unix.Iovec
	iov := room[:0]
	for _, p := range v {
		if len(p) > 0 {
			e := unix.Iovec{Base: unsafe.SliceData(p)}
			e.SetLen(len(p))
			iov = append(iov, e)
		}
	}
	if len(iov) == 0 {
		return 0, nil
	}
	n, _, errno := unix.RawSyscall(unix.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&iov[0])), uintptr(len(iov)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

package engine

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// write is send(2), which has less to do on a socket than write(2), without telling the Go scheduler: these sockets never block, so the loop keeps its
// processor instead of fighting the runtime's monitor for it twenty microseconds into a long fan-out. A fan-out to 10,000
// costs 18 % less CPU for it (8 pairs, 3 to 30 %), one to 1,000 with a message at a time 9 %.
func write(fd int, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, _, errno := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)),
		unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

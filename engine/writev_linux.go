package engine

import "golang.org/x/sys/unix"

func writev(fd int, v [][]byte) (int, error) { return unix.Writev(fd, v) }

//go:build !linux

package testkit

import (
	"os/exec"
	"syscall"
)

// NoOrphan does nothing here: only Linux can signal a command when the test binary has been killed.
func NoOrphan(*exec.Cmd, syscall.Signal) {}

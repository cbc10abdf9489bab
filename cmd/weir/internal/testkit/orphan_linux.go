package testkit

import (
	"os/exec"
	"syscall"
)

// NoOrphan has a command that is about to be started get a signal when the test binary ends, also if that is killed (by
// the timeout of go test, say) and no cleanup runs. Only Linux can do it.
func NoOrphan(cmd *exec.Cmd, with syscall.Signal) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = with
}

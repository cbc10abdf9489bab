package rival

import (
	"os/exec"
	"runtime"
	"sync"
)

// forks starts commands on one thread that lives as long as the process. PR_SET_PDEATHSIG, which takes our servers with
// us if we are killed, goes by the thread that forked, and Go ends threads when it likes.
var forks = sync.OnceValue(func() chan<- func() {
	c := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range c {
			f()
		}
	}()
	return c
})

// fork is cmd.Start on that thread.
func fork(cmd *exec.Cmd) error {
	result := make(chan error)
	forks() <- func() { result <- cmd.Start() }
	return <-result
}

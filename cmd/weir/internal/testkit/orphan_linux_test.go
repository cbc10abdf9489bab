package testkit

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

const beParent, beChild = "TEST_BE_PARENT", "TEST_BE_CHILD"

// A test binary that is killed leaves no server behind: the pipe that its child has inherited is closed.
func TestNoOrphan(t *testing.T) {
	switch {
	case os.Getenv(beChild) != "":
		_, _ = os.Stdout.WriteString("here\n")
		time.Sleep(time.Hour) // until it is killed; without a timer the runtime would call it a deadlock
		return
	case os.Getenv(beParent) != "":
		child := exec.Command(os.Args[0], "-test.run=^TestNoOrphan$")
		child.Env = append(os.Environ(), beChild+"=1")
		child.Stdout = os.Stdout
		NoOrphan(child, syscall.SIGKILL)
		if err := child.Run(); err != nil {
			t.Fatal(err)
		}
		return
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	parent := exec.Command(os.Args[0], "-test.run=^TestNoOrphan$")
	parent.Env = append(os.Environ(), beParent+"=1")
	parent.Stdout = w
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	in := bufio.NewReader(r)
	if line, err := in.ReadString('\n'); line != "here\n" {
		t.Errorf("the child says %q, %v", line, err)
	}
	_ = parent.Process.Kill()
	_ = parent.Wait()
	ended := make(chan error, 1)
	go func() { _, err := io.Copy(io.Discard, in); ended <- err }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Error("the child lives on")
		_ = r.Close() // ends the copy
		<-ended
	}
}

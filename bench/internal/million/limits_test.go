package million

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReadLimits(t *testing.T) {
	l, err := ReadLimits()
	if err != nil {
		t.Fatal(err)
	}
	if l.OpenFiles < 100 || l.FileMax < 100 || l.Ports < 100 || l.Processes < 1 || l.Memory <= 0 || l.Memory > l.Total {
		t.Errorf("%+v", l)
	}
}

func TestKernelMemory(t *testing.T) {
	k, err := kernelMemory()
	if err != nil {
		t.Fatal(err)
	}
	if k.Slab <= 0 || k.Fixed <= 0 || k.Fixed > k.Slab || k.Tables <= 0 || k.Available <= 0 {
		t.Errorf("%+v", k)
	}
}

func TestSocketPages(t *testing.T) {
	const text = "sockets: used 14\nTCP: inuse 1 orphan 0 tw 0 alloc 1 mem 91\nUDP: inuse 0 mem 7\n"
	if n := socketPages(text); n != 91 {
		t.Errorf("%d pages", n)
	}
	if n := socketPages("sockets: used 14\n"); n != 0 {
		t.Errorf("%d pages of no TCP", n)
	}
}

func TestNumbers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "n")
	if err := os.WriteFile(name, []byte("32768\t60999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if n := numbers(name); len(n) != 2 || n[0] != 32768 || n[1] != 60999 {
		t.Errorf("%v", n)
	}
	if n := numbers(name + "x"); n != nil {
		t.Errorf("%v of a file that is not there", n)
	}
}

package replayed_test

import (
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/bench/internal/replayed"
)

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		args string
		want replayed.Flags
		err  string
	}{
		{"--replay f", replayed.Flags{Addr: "127.0.0.1:8080", Path: "/feed", File: "f", N: 1000, Buffer: 9, Timeout: time.Minute}, ""},
		{"--url h:1 --path /p --replay f --n 2 --pid 3 --buffer 4 --timeout 5s", replayed.Flags{"h:1", "/p", "f", 2, 3, 4, 5 * time.Second}, ""},
		{"", replayed.Flags{}, "--replay"},
		{"--replay f --n 0", replayed.Flags{}, "--n"},
		{"--replay f --buffer 0", replayed.Flags{}, "--buffer"},
	} {
		f := replayed.Flags{Buffer: 9, Timeout: time.Minute}
		fs := flag.NewFlagSet("tool", flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		f.Define(fs)
		err := fs.Parse(strings.Fields(c.args))
		if err == nil {
			err = f.Check()
		}
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want one about %s", c.args, err, c.err)
			}
		case err != nil || f != c.want:
			t.Errorf("%q: %+v, %v, want %+v", c.args, f, err, c.want)
		}
	}
}

func TestCPU(t *testing.T) {
	f := replayed.Flags{}
	if u, s, err := f.CPU(); u != 0 || s != 0 || err != nil {
		t.Errorf("of no process: %v, %v, %v", u, s, err)
	}
	f.PID = os.Getpid()
	if _, _, err := f.CPU(); err != nil {
		t.Error("of this process:", err)
	}
	f.PID = 1 << 30
	if _, _, err := f.CPU(); err == nil {
		t.Error("of a process that there is not: no error")
	}
}

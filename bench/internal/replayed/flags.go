package replayed

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
)

// Flags say which server is followed, and by how many.
type Flags struct {
	Addr, Path string // where the feed is
	File       string // the recording that the server plays
	N          int    // subscribers
	PID        int    // of the server; 0: not known
	Buffer     int    // bytes of a subscriber's read buffer
	Timeout    time.Duration
}

// Define makes flags of fs of them. Buffer and Timeout have their defaults in f.
func (f *Flags) Define(fs *flag.FlagSet) {
	fs.StringVar(&f.Addr, "url", "127.0.0.1:8080", "host:port of the server")
	fs.StringVar(&f.Path, "path", "/feed", "path of the feed")
	fs.StringVar(&f.File, "replay", "", "the recording that the server plays")
	fs.IntVar(&f.N, "n", 1000, "subscribers; the server's --min-subscribers")
	fs.IntVar(&f.PID, "pid", 0, "process id of the server, for its CPU time and memory; 0: not shown")
	fs.IntVar(&f.Buffer, "buffer", f.Buffer, "bytes of a subscriber's read buffer")
	fs.DurationVar(&f.Timeout, "timeout", f.Timeout, "give up after so long")
}

// Check says what is wrong with them.
func (f *Flags) Check() error {
	switch {
	case f.File == "":
		return errors.New("give --replay FILE")
	case f.N < 1:
		return errors.New("--n must be at least 1")
	case f.Buffer < 1:
		return errors.New("--buffer must be at least 1")
	}
	return nil
}

// CPU is the time that the server has used; 0 if its process is not known.
func (f *Flags) CPU() (user, system time.Duration, err error) {
	if f.PID == 0 {
		return 0, 0, nil
	}
	return proc.CPU(f.PID)
}

// Main runs a tool until it ends or Timeout is over, and exits with 1 if it fails.
func (f *Flags) Main(tool string, run func(context.Context) error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), f.Timeout, fmt.Errorf("not done within %v", f.Timeout))
	defer cancel()
	if err := run(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", tool, err)
		os.Exit(1)
	}
}

package auth

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxFile bounds a file of keys or tokens, in bytes.
	maxFile = 4 << 20
	// settled is how old a file must be before its time of change is trusted: one written twice within the
	// file system's tick has the same.
	settled = 2 * time.Second
)

// file is what was read from a file, read again when that has changed.
type file[T any] struct {
	path  string
	parse func([]byte) (T, error)
	now   atomic.Pointer[T]

	mu     sync.Mutex // of what follows
	info   fs.FileInfo
	read   time.Time
	text   []byte
	failed string // the error that was reported last
}

// open reads the file for the first time.
func openFile[T any](path string, parse func([]byte) (T, error)) (*file[T], error) {
	f := &file[T]{path: path, parse: parse}
	if _, err := f.refresh(); err != nil {
		return nil, err
	}
	return f, nil
}

// refresh reads the file if it has changed, and reports whether that gave something new. With an error the old stays.
func (f *file[T]) refresh() (changed bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(f.path)
	if err != nil {
		f.info = nil
		return false, err
	}
	if f.info != nil && os.SameFile(info, f.info) && info.Size() == f.info.Size() && info.ModTime().Equal(f.info.ModTime()) &&
		f.read.Sub(info.ModTime()) > settled {
		return false, nil
	}
	read := time.Now()
	text, err := readSome(f.path)
	if err != nil {
		f.info = nil
		return false, err
	}
	if f.text != nil && bytes.Equal(text, f.text) {
		f.info, f.read = info, read
		return false, nil
	}
	v, err := f.parse(text)
	if err != nil {
		f.info = nil // try again each time: it may be half written
		return false, fmt.Errorf("%s: %w", f.path, err)
	}
	f.now.Store(&v)
	f.info, f.read, f.text = info, read, text
	return true, nil
}

func readSome(path string) ([]byte, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s: more than %d bytes", path, maxFile)
	}
	return text, err
}

// look is refresh with a word to the log: once for each change, and once for each other fault.
func (f *file[T]) look(log *slog.Logger) {
	changed, err := f.refresh()
	switch {
	case err != nil && err.Error() != f.failed:
		f.failed = err.Error()
		log.Error("a file of keys or tokens cannot be used; what was read before stays in force", "file", f.path, "err", err)
	case err == nil && (changed || f.failed != ""):
		f.failed = ""
		log.Info("a file of keys or tokens was read again", "file", f.path)
	}
}

// watch looks at the file every so often until ctx ends.
func (f *file[T]) watch(ctx context.Context, every time.Duration, log *slog.Logger) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			f.look(log)
		case <-ctx.Done():
			return
		}
	}
}

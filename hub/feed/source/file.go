package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
)

// MaxLine is the longest line of a recording in bytes, without its line feed.
const MaxLine = 16 << 20

// readAhead is the size of the read buffers; lines that fit are scanned in the buffer, without a copy.
const readAhead = 64 << 10

// recording is an open file, read line by line; no more of it is in memory than a line and the read-ahead.
type recording struct {
	path string
	file *os.File
	gz   *gzip.Reader // nil: not compressed
	in   *bufio.Reader
	long []byte // a line longer than the read-ahead
	line int    // number of the line last returned, from 1
}

// openRecording opens path; position follows how many of the file's (compressed) bytes have been read.
func openRecording(path string, position *atomic.Int64) (*recording, error) {
	if _, err := statRecording(path); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, &FileError{Path: path, Err: err, Hint: "check that it may be read"}
	}
	position.Store(0)
	r := &recording{path: path, file: f}
	r.in = bufio.NewReaderSize(&counting{f, position}, readAhead)
	// The contents decide, not the name. RFC 1952, section 2.3.1: "These have the fixed values ID1 = 31 (0x1f),
	// ID2 = 139 (0x8b), to identify the file as being in gzip format." A line begins with a digit, never with 0x1f.
	if magic, _ := r.in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		if r.gz, err = gzip.NewReader(r.in); err != nil {
			err = r.fail(err)
			r.close()
			return nil, err
		}
		r.in = bufio.NewReaderSize(r.gz, readAhead)
	}
	return r, nil
}

// statRecording refuses what cannot be read twice or would block where no context reaches: open(2) of a pipe.
func statRecording(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &FileError{Path: path, Err: err, Hint: "give the path of a recording, plain or gzipped"}
	}
	if !info.Mode().IsRegular() {
		return nil, &FileError{Path: path, Err: ErrNotRegular,
			Hint: "a replay reads a file; write what comes from a pipe or a device to one first"}
	}
	return info, nil
}

func (r *recording) close() {
	if r.gz != nil {
		r.gz.Close()
	}
	r.file.Close() // only read from: nothing is lost
}

// next returns the next line without its line feed, valid until the next call; io.EOF after the last one. What
// stands before a read error is no line: it was cut off where the error struck.
func (r *recording) next() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		r.long = r.long[:0]
		for errors.Is(err, bufio.ErrBufferFull) && len(r.long) <= MaxLine {
			r.long = append(r.long, line...)
			line, err = r.in.ReadSlice('\n')
		}
		r.long = append(r.long, line...)
		line = r.long
	}
	switch {
	case err == nil:
		line = line[:len(line)-1]
	case errors.Is(err, bufio.ErrBufferFull): // longer than MaxLine, and no end in sight
	case errors.Is(err, io.EOF):
		if len(line) == 0 {
			return nil, io.EOF
		}
	default:
		return nil, r.fail(err)
	}
	r.line++
	if len(line) > MaxLine {
		return nil, &FileError{Path: r.path, Line: r.line, Err: ErrLineTooLong,
			Hint: "a message ends at 16 MiB; is this a recording with one message a line?"}
	}
	return line, nil
}

// fail says what an error of reading on behind the last line means.
func (r *recording) fail(err error) error {
	e := &FileError{Path: r.path, Line: r.line + 1, Err: err}
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Err = ErrTruncated
		e.Hint = "the file was not copied or written to its end: get it again (`gzip -t` checks it); all whole lines " +
			"before the cut are good"
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.As(err, &corrupt):
		e.Err = &wrapped{ErrCorrupt, err}
		e.Hint = "get the file again (`gzip -t` checks it)"
	}
	return e
}

// wrapped is a cause under one of this package's errors.
type wrapped struct{ kind, cause error }

func (w *wrapped) Error() string   { return w.kind.Error() + ": " + w.cause.Error() }
func (w *wrapped) Unwrap() []error { return []error{w.kind, w.cause} }

// counting follows how far its reader has been read.
type counting struct {
	r io.Reader
	n *atomic.Int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

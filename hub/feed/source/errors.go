package source

import (
	"context"
	"errors"
	"strconv"
	"strings"
)

// What can be wrong with a source; test with errors.Is. All but ErrRunning come inside a [FileError], a
// [LineError] or a [ConfigError], which say where and what to do.
var (
	// ErrRunning: Run was called while another Run of the same source was under way.
	ErrRunning = errors.New("source: already running; a source is run by one goroutine at a time")
	// ErrMalformed: a line is not `nanoseconds<space>{"stream":...,"data":...}`, or that of [Lines] no message.
	ErrMalformed = errors.New("malformed line")
	// ErrLineTooLong: a line has more than MaxLine bytes.
	ErrLineTooLong = errors.New("line too long")
	// ErrTruncated: a gzip file ends before its compressed data does.
	ErrTruncated = errors.New("gzip data cut short")
	// ErrCorrupt: a gzip file's contents do not decompress, or not to what its checksum says.
	ErrCorrupt = errors.New("gzip data damaged")
	// ErrNoMessages: a file has no stream message at all.
	ErrNoMessages = errors.New("no stream messages in the file")
	// ErrNotRegular: the path is a directory, a pipe or a device.
	ErrNotRegular = errors.New("not a regular file")
)

// FileError says what is wrong with a recording, where, and what to do about it.
type FileError struct {
	Path   string
	Line   int    // counted from 1; 0: not a matter of one line
	Column int    // byte of the line, counted from 1; 0: not a matter of one byte
	Err    error  // wraps one of the errors above, an *fs.PathError, or what the sink returned
	Hint   string // what to do; "" if Err says it
}

// Error is "replay FILE:LINE:COLUMN: what is wrong; what to do".
func (e *FileError) Error() string {
	var b strings.Builder
	b.WriteString("replay ")
	b.WriteString(e.Path)
	for _, n := range []int{e.Line, e.Column} {
		if n == 0 {
			break
		}
		b.WriteByte(':')
		b.WriteString(strconv.Itoa(n))
	}
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *FileError) Unwrap() error { return e.Err }

// LineError says what is wrong with a line that [Lines] has read, or with reading it.
type LineError struct {
	Name string // LinesConfig.Name
	Line int    // counted from 1
	Err  error  // wraps ErrMalformed or ErrLineTooLong, or is the reader's or the sink's
}

// Error is "NAME:LINE: what is wrong".
func (e *LineError) Error() string { return e.Name + ":" + strconv.Itoa(e.Line) + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *LineError) Unwrap() error { return e.Err }

// ConfigError says which field of a configuration cannot be, and what it may be.
type ConfigError struct {
	Field   string // as in Go: "Speed"
	Problem string
}

// Error is "source: Field: problem".
func (e *ConfigError) Error() string { return "source: " + e.Field + ": " + e.Problem }

// stopped is how Run reports an error met while ctx may have ended: being stopped is not a failure of whatever
// noticed it first.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

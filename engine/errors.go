package engine

import (
	"errors"
	"fmt"

	"github.com/weir-ws/weir/frame"
)

var (
	// ErrClosed is returned by Run and Flush when the engine has been shut down.
	ErrClosed = errors.New("engine: closed")
	// ErrLoopDied is returned by Run when an event loop ended although nobody asked it to.
	ErrLoopDied = errors.New("engine: an event loop ended unasked; see the log for its error, and restart the process")
	// ErrPingTimeout is wrapped by the CloseError of a connection from which nothing came for Config.DeadAfter.
	ErrPingTimeout = errors.New("nothing came from the peer within the ping timeout")
	// ErrWriteTimeout is wrapped by the CloseError of a connection whose peer took nothing for Config.WriteTimeout.
	ErrWriteTimeout = errors.New("the peer took no bytes within the write timeout")
	// ErrSlowConsumer is wrapped by the CloseError of a connection that exceeded a watermark with PolicyDisconnect, or the hard limit.
	ErrSlowConsumer = errors.New("the peer reads too slowly")
	// ErrMemory is wrapped by the CloseError of a connection that was closed because the process was over its memory budget.
	ErrMemory = errors.New("the server is short of memory, and much was unsent to this peer")
	// ErrCloseTimeout is wrapped by the CloseError of a connection whose peer left our close frame unanswered.
	ErrCloseTimeout = errors.New("the peer did not answer the close frame in time")
	// ErrGoexit is wrapped by the error of Run when a callback has called runtime.Goexit.
	ErrGoexit = errors.New("a callback called runtime.Goexit, as testing.T.FailNow does, and its loop has ended with it; return instead")
	// ErrBusy is wrapped where all workers have work and too much of it is waiting; see WorkersConfig.
	ErrBusy = errors.New("all workers are busy, and too much is waiting for them")
	// ErrPanic is wrapped by the CloseError of a connection whose handler panicked.
	ErrPanic = errors.New("a handler panicked")
)

// CutOffError is returned by Shutdown when its context ended before everybody had gone.
type CutOffError struct {
	// Conns is the number of connections on the loops that were cut off, and HTTPConns of those that Handler.HTTP
	// had: clients that do not finish their request, or handlers that do not finish their answer.
	Conns, HTTPConns int64
	// Err is the context's error.
	Err error
}

func (e *CutOffError) Error() string {
	return fmt.Sprintf("engine: shutdown: %d connections were cut off: %v", e.Conns+e.HTTPConns, e.Err)
}

// Unwrap returns Err.
func (e *CutOffError) Unwrap() error { return e.Err }

// CloseError says why a connection ended; Handler.Close receives one.
type CloseError struct {
	// Code is the status that ended it: the peer's if Remote, else ours; 1006 where
	// TCP ended with no close frame (RFC 6455 7.1.5).
	Code   frame.Status
	Reason string
	// Remote is true if the peer closed first.
	Remote bool
	// Err is the cause where there is one beyond the code, for errors.Is.
	Err error
}

func (e *CloseError) Error() string {
	who := "we closed"
	if e.Remote {
		who = "peer closed"
	}
	s := fmt.Sprintf("engine: %s with %d", who, e.Code)
	if e.Reason != "" {
		s += fmt.Sprintf(" (%q)", e.Reason)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns Err.
func (e *CloseError) Unwrap() error { return e.Err }

package load

import (
	"context"
	"errors"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Held is open connections. Its methods belong to one goroutine.
type Held struct {
	Pings   int64                   // server pings answered
	Latency *hdrhistogram.Histogram // ns; of the broadcasts that Expect announced, from their publishing
}

// Hold opens the plan's connections and answers pings meanwhile.
func Hold(ctx context.Context, p HoldPlan) (*Held, error) { return nil, errors.New("skeleton") }

// Serve keeps the connections for d: it answers pings, verifies what Expect announced, and returns a *Violation when a
// connection is lost. After Expect it returns nil as soon as every connection has everything, and Lost when d passes first.
func (h *Held) Serve(ctx context.Context, d time.Duration) error { return errors.New("skeleton") }

// Expect announces that every connection will be given count messages of size bytes by Publish, numbered from 0.
func (h *Held) Expect(count, size int) {}

// Close resets every connection.
func (h *Held) Close() {}

// Publish connects to /pub, sends the messages that Expect announced, in one process or many on this machine, and leaves.
func Publish(ctx context.Context, addr string, count, size int) error { return errors.New("skeleton") }

package tail

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub/feed/redial"
)

// Options is what Run does.
type Options struct {
	URL      *url.URL
	Channels []string // at least one
	JSON     bool     // print every message as it came
	Stats    bool     // measure instead of printing
	Count    uint64   // stop after so many messages; 0: never
	For      time.Duration
	Backoff  redial.Backoff

	// Token returns what the server is shown, "" for nothing; it is asked before each connection. nil: nothing.
	Token func() (string, error)

	Out io.Writer // messages, or figures
	Err io.Writer // what happens to the connection
}

// Run prints or measures what arrives until Count or For is reached or ctx ends, and connects again whenever
// the connection is lost. The error is nil when it ended as it was told to; a *redial.RefusedError, *ChannelsError or
// *NeverConnectedError if that cannot be; or that of writing to Out.
func Run(ctx context.Context, o Options) error {
	t := &tail{Options: o, out: bufio.NewWriterSize(o.Out, 64<<10), last: errors.New("no answer yet")}
	if o.Stats {
		t.now, t.all = newMeter(), newMeter()
		t.line = terminal.NewLine(o.Out)
		t.live = terminal.Is(o.Out)
		t.note("latency is from the publisher's time of a message (ts) to its arrival here: as right as the two clocks agree")
	}
	if o.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.For, errDone)
		defer cancel()
	}
	t.began = time.Now()
	t.lastFigures = t.began
	err := t.run(ctx)
	if o.Stats && t.connected {
		t.summary()
	}
	return errors.Join(err, t.out.Flush())
}

// errDone: the end that was asked for.
var errDone = errors.New("done")

// tail is one Run.
type tail struct {
	Options
	out *bufio.Writer

	tracker   tracker
	got       uint64 // messages
	refused   int    // channels that we asked for and do not get
	connected bool   // at least once
	up        bool   // in this session
	connects  int
	last      error // why there is no connection

	now, all    *meter // since the last figures; of all
	began       time.Time
	lastFigures time.Time
	line        *terminal.Line
	live        bool
}

// run goes from connection to connection.
func (t *tail) run(ctx context.Context) error {
	for {
		began := time.Now()
		t.up = false
		err := t.session(ctx)
		if err == errDone { // a dial that was cut short by it wraps it
			return nil
		}
		if ctx.Err() != nil {
			return t.ended(ctx)
		}
		var again *redial.Retryable
		if !errors.As(err, &again) {
			return err
		}
		held := time.Duration(0)
		if t.up {
			held = time.Since(began)
		}
		t.last = again.Err
		wait := t.Backoff.Next(held, again.After)
		t.note(fmt.Sprintf("%s: %v; again in %s", redial.Shown(t.URL), again.Err, terminal.Duration(wait)))
		pause := time.NewTimer(wait)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return t.ended(ctx)
		}
	}
}

// ended is the result when ctx ended while there was no connection. A person who stops it knows why; a script
// whose time is up must learn that there was nothing.
func (t *tail) ended(ctx context.Context) error {
	if !t.connected && errors.Is(context.Cause(ctx), errDone) {
		return &NeverConnectedError{URL: redial.Shown(t.URL), Err: t.last}
	}
	return nil
}

// session is one connection, from dial to loss. The error is errDone, a *redial.Retryable or what ends the Run.
func (t *tail) session(ctx context.Context) error {
	c, err := connect(ctx, t.URL, t.Token, t.Channels)
	if err != nil {
		return err
	}
	lost := false
	defer func() { c.close(!lost) }()
	t.connected, t.up = true, true
	t.refused = 0
	if t.connects++; t.connects > 1 {
		t.note("connected again to " + redial.Shown(t.URL))
	}
	var figures <-chan time.Time
	if t.Stats {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		figures = tick.C
	}
	for {
		if len(c.frames) == 0 { // nothing to do: show what there is
			if err := t.out.Flush(); err != nil {
				return err
			}
		}
		select {
		case p, ok := <-c.frames:
			if !ok {
				lost = true
				return c.err
			}
			if err := t.take(p); err != nil {
				return err
			}
		case <-figures:
			t.figures()
		case <-ctx.Done():
			return errDone
		}
	}
}

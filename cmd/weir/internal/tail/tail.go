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
	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/redial"
)

// Options is what Run does.
type Options struct {
	URL      *url.URL
	Channels []string // at least one, or a pattern
	JSON     bool     // print every message as it came
	Stats    bool     // measure instead of printing
	Count    uint64   // stop after so many messages; 0: never
	For      time.Duration
	Backoff  client.Backoff

	// Token returns what the server is shown, "" for nothing; it is asked before each connection. nil: nothing.
	Token func() (string, error)

	Out io.Writer // messages, or figures
	Err io.Writer // what happens to the connection
}

// Run prints or measures what arrives until Count or For is reached or ctx ends, over as many connections as it takes. The error is nil when it ended
// as it was told to; a *client.RefusedError, *client.ProtocolError, *ChannelsError or *NeverConnectedError if that cannot be; or that of writing to Out.
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
	if o.Stats && t.connects > 0 {
		t.summary()
	}
	return errors.Join(err, t.out.Flush())
}

// errDone: the end that was asked for.
var errDone = errors.New("done")

// tail is one Run.
type tail struct {
	Options
	out  *bufio.Writer
	subs []*client.Subscription

	got      uint64 // messages
	gaps     uint64 // places where something is missing
	restarts uint64 // changes of a channel's epoch: how many are missing there nobody can know
	refused  map[string]bool
	connects int
	last     error // why there is no connection

	now, all    *meter // since the last figures; of all
	began       time.Time
	lastFigures time.Time
	line        *terminal.Line
	live        bool
}

// run takes what the client tells until the end.
func (t *tail) run(ctx context.Context) error {
	listening, stop := context.WithCancel(ctx)
	c, l, err := t.listen(listening)
	if err != nil {
		stop()
		return err
	}
	defer func() {
		stop() // first: a handler may wait for us
		_ = c.Close()
	}()
	var figures <-chan time.Time
	if t.Stats {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		figures = tick.C
	}
	for {
		if len(l.said) == 0 { // nothing to do: show what there is
			if err := t.out.Flush(); err != nil {
				return err
			}
		}
		select {
		case h := <-l.said:
			switch err := t.take(&h); {
			case errors.Is(err, errDone):
				return nil
			case err != nil:
				return err
			}
		case <-figures:
			t.figures()
		case <-ctx.Done():
			return t.ended(ctx)
		}
	}
}

// ended is the result when ctx has. A person who stops it knows why; a script whose time is up must learn that there was nothing.
func (t *tail) ended(ctx context.Context) error {
	if t.connects == 0 && errors.Is(context.Cause(ctx), errDone) {
		return &NeverConnectedError{URL: redial.Shown(t.URL), Err: t.last}
	}
	return nil
}

// status tells what becomes of the connection. The error is why there will be none.
func (t *tail) status(s *client.Status) error {
	switch s.State {
	case client.Connected:
		t.connects = s.Connects
		if t.connects > 1 {
			t.note("connected again to " + redial.Shown(t.URL))
		}
	case client.Waiting:
		t.last = s.Err
		t.note(fmt.Sprintf("%s: %v; again in %s", redial.Shown(t.URL), s.Err, terminal.Duration(s.Wait)))
	case client.Closed:
		return s.Err
	}
	return nil
}

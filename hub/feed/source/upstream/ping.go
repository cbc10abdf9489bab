package upstream

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// Ping is how a raw upstream that has died in silence is found out. Pings of the server are answered in any case.
type Ping struct {
	// Every is how often it is pinged, with a WebSocket ping, or with Text if the server wants text messages. 0: 15 s. Negative: never.
	Every time.Duration
	// Timeout is how long the answer may take: a pong, or for Text any message. 0: 10 s.
	Timeout time.Duration
	// Text is the message of a ping. "": a ping of WebSocket.
	Text string
	// Pong is the text of the answer, which is no message then. "": it is one, for Config.Map to judge.
	Pong string
	// Silence is how long there may be no message at all, whatever pings say; it is noticed within twice that time. 0: for ever.
	Silence time.Duration
}

func (p *Ping) complete() (field string, err error) {
	switch {
	case p.Timeout < 0:
		return "Timeout", errors.New("must be positive, or 0 for 10 s")
	case p.Silence < 0:
		return "Silence", errors.New("must be positive, or 0 for no bound")
	case p.Pong != "" && p.Text == "":
		return "Pong", errors.New("is the answer to Text, and there is none")
	}
	if p.Every == 0 {
		p.Every = 15 * time.Second
	}
	if p.Timeout == 0 {
		p.Timeout = 10 * time.Second
	}
	return "", nil
}

// errSilent is why a connection is given up by us.
var errSilent = errors.New("the server is silent; the connection is given up")

// watch is the life of one connection as its pings see it.
type watch struct {
	ws    *websocket.Conn
	reads atomic.Uint64 // messages that came
	came  chan struct{} // one came; has room for one
	busy  atomic.Bool   // one is being published: nobody reads
	gone  atomic.Bool   // given up for its silence
}

// ping runs beside the reader until ctx ends, or until it gives the connection up. While a message is being published nobody reads, and silence
// says nothing.
func (w *watch) ping(ctx context.Context, p Ping) {
	var pings, silence <-chan time.Time
	if p.Every > 0 {
		t := time.NewTicker(p.Every)
		defer t.Stop()
		pings = t.C
	}
	var last uint64
	if p.Silence > 0 {
		t := time.NewTicker(p.Silence)
		defer t.Stop()
		silence = t.C
	}
	for {
		alive := true
		select {
		case <-ctx.Done():
			return
		case <-silence:
			n := w.reads.Load()
			alive = n != last || w.busy.Load()
			last = n
		case <-pings:
			alive = w.busy.Load() || w.answers(ctx, p)
		}
		if !alive && ctx.Err() == nil {
			w.gone.Store(true)
			_ = w.ws.CloseNow()
			return
		}
	}
}

// answers pings once.
func (w *watch) answers(ctx context.Context, p Ping) bool {
	before := w.reads.Load()
	ctx, cancel := context.WithTimeout(ctx, p.Timeout)
	defer cancel()
	if p.Text == "" {
		return w.ws.Ping(ctx) == nil || w.busy.Load() || w.reads.Load() != before
	}
	if err := w.ws.Write(ctx, websocket.MessageText, []byte(p.Text)); err != nil {
		return w.busy.Load()
	}
	for w.reads.Load() == before && !w.busy.Load() {
		select {
		case <-w.came:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// read takes note of a message; published must follow.
func (w *watch) read() {
	w.busy.Store(true)
	w.reads.Add(1)
	select {
	case w.came <- struct{}{}:
	default:
	}
}

// published: the reader goes on.
func (w *watch) published() { w.busy.Store(false) }

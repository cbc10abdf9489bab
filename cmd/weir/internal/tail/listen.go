package tail

import (
	"bytes"
	"context"
	"time"

	"github.com/weir-ws/weir/hub/feed/client"
)

// heard is one thing that the client tells: one of the three.
type heard struct {
	event  client.Event
	size   int // of its message, in bytes
	at     time.Time
	raw    []byte // a message of the server, for who prints them all
	status *client.Status
}

// listener takes down what a client tells, in the client's goroutine.
type listener struct {
	said chan heard
	stop <-chan struct{} // nobody takes it any more
	size int
	at   time.Time
}

// tell waits for room, which holds back the connection: that is what a slow reader is.
func (l *listener) tell(h heard) {
	select {
	case l.said <- h:
	case <-l.stop:
	}
}

// listen begins. The client must be closed, after ctx has ended.
func (t *tail) listen(ctx context.Context) (*client.Client, *listener, error) {
	l := &listener{said: make(chan heard, 256), stop: ctx.Done()}
	o := client.Options{
		Backoff: t.Backoff, Times: t.Stats,
		OnStatus: func(s client.Status) { l.tell(heard{status: &s}) },
		Received: func(p []byte) {
			l.size, l.at = len(p), time.Now()
			if t.JSON && !t.Stats {
				l.tell(heard{raw: bytes.Clone(p)})
			}
		},
	}
	if t.Token != nil {
		o.Token = func(context.Context) (string, error) { return t.Token() }
	}
	c, err := client.New(t.URL.String(), o)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range t.Channels {
		s, err := c.Subscribe(name, client.SubscribeOptions{}, func(e client.Event) { l.tell(heard{event: e, size: l.size, at: l.at}) })
		if err != nil {
			_ = c.Close()
			return nil, nil, err
		}
		t.subs = append(t.subs, s)
	}
	return c, l, nil
}

package client

import (
	"context"
	"net/http"
	"time"
)

// Options changes what a [Client] does. The zero value is good.
type Options struct {
	// Token returns what the server is shown as "Authorization: Bearer", "" for nothing. It is asked before each connection and by
	// Refresh; its error is one of the connection's, and it is asked again later. nil: nothing is shown.
	Token func(ctx context.Context) (string, error)
	// RefreshEvery is how often the token is shown anew while the connection lasts. 0: never; a server whose tokens expire then
	// closes the connection with 3000, and the client comes back with a new one.
	RefreshEvery time.Duration

	Header     http.Header  // more of the handshake's header
	HTTPClient *http.Client // for the handshake; nil: http.DefaultClient

	// Times asks for Message.Recv and Sent (?times=1).
	Times bool
	// Compress offers permessage-deflate.
	Compress bool
	// ReadLimit is the largest message in bytes. 0: 64 MiB, which is more than a server of ours sends.
	ReadLimit int64

	Backoff Backoff
	// DialTimeout is for the handshake. 0: 10 s.
	DialTimeout time.Duration
	// PingEvery finds out connections that have died in silence: one that does not answer within PingTimeout, while nothing else comes
	// and no handler runs, is given up. 0: 15 s, and 10 s. Negative: no pings.
	PingEvery, PingTimeout time.Duration

	// OnStatus is told of every change, in the goroutine of the handlers. nil: nobody is.
	OnStatus func(Status)
	// Received sees every message of the server as it came, before its events. It must not keep or change p. nil: nobody does.
	Received func(p []byte)
}

const defaultReadLimit = 64 << 20

func (o *Options) complete() {
	o.Backoff = o.Backoff.Anew()
	for _, d := range []struct {
		p *time.Duration
		v time.Duration
	}{{&o.DialTimeout, 10 * time.Second}, {&o.PingEvery, 15 * time.Second}, {&o.PingTimeout, 10 * time.Second}} {
		if *d.p == 0 {
			*d.p = d.v
		}
	}
	if o.ReadLimit == 0 {
		o.ReadLimit = defaultReadLimit
	}
}

package engine

import (
	"context"
	"net/http"
)

// aheadMax is how many bytes may come behind a request while it is being decided about.
const aheadMax = 64 << 10

// decision is what a connection has while Handler.Upgrade is asked on another goroutine.
type decision struct {
	rest   []byte             // what came behind the request
	cancel context.CancelFunc // ends the request's context
}

// decideAside asks Handler.Upgrade on a worker about a request that has passed all other checks.
func (c *Conn) decideAside(req *http.Request, key string) *HTTPError {
	l, ref := c.loop, c.Ref()
	ctx, cancel := context.WithCancel(context.Background())
	req = req.WithContext(ctx)
	ok := l.e.onWorker(l, l.e.deciders, func() {
		herr := errUndecided // what remains if Upgrade ends its goroutine
		var a Accept
		defer func() {
			l.Post(func() {
				if c := l.slots.get(ref); c != nil && c.deciding() {
					c.decided(req, key, a, herr)
				}
			})
		}()
		if ctx.Err() == nil { // the client may have gone while this waited
			a, herr = l.e.callUpgrade(req, &l.e.offLoop.panics, func() {})
		}
	})
	if !ok {
		cancel()
		l.stats.note(ReasonBusy)
		return unavailable("server is busy", ErrBusy)
	}
	c.more().decision = &decision{cancel: cancel}
	return nil
}

var errUndecided = &HTTPError{Status: http.StatusInternalServerError}

// ahead keeps what comes behind a request that is being decided about.
func (c *Conn) ahead(p []byte) {
	d := c.rare.decision
	if len(d.rest)+len(p) > aheadMax {
		c.reject(tooLarge("too much was sent before the handshake was answered"))
		return
	}
	d.rest = append(d.rest, p...)
}

// decided goes on with a handshake when Handler.Upgrade has returned. Called as a task of the loop.
func (c *Conn) decided(req *http.Request, key string, a Accept, herr *HTTPError) {
	l := c.loop
	rest := c.rare.decision.rest
	c.endDecision()
	l.reply.begin(c)
	if herr == nil {
		l.reply.buf, herr = l.e.answer(l.reply.buf, req, key, a)
	}
	if herr != nil {
		l.stats.note(ReasonHandler)
		c.reject(herr)
	} else {
		c.opens(a)
		if c.state == stateOpen || c.state == stateClosing {
			c.frames(rest)
		}
	}
	l.reply.end()
}

// undecided ends a handshake whose time is over while Handler.Upgrade is being asked: the client has done all it should.
func (c *Conn) undecided() {
	r := &c.loop.reply
	r.begin(c)
	c.reject(unavailable("the decision about this handshake takes too long", nil))
	r.end()
}

// endDecision forgets that one is under way.
func (c *Conn) endDecision() {
	if c.deciding() {
		c.rare.decision.cancel()
		c.rare.decision = nil
	}
}

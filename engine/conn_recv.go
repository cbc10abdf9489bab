package engine

import (
	"github.com/weir-ws/weir/frame"
)

// receive takes what one read brought. p is the loop's read buffer: it is unmasked in
// place and dies on return.
func (c *Conn) receive(p []byte) {
	l := c.loop
	l.owner.enter()
	l.refresh()
	l.stats.bytesIn.Add(uint64(len(p)))
	c.lastRead = coarse(l.now)
	c.flags &^= flagPinged
	l.reply.begin(c)
	if c.state == stateHandshake {
		p = c.handshake(p)
	}
	if c.state == stateOpen || c.state == stateClosing {
		c.frames(p)
	}
	// What arrives while we linger is thrown away: reading it keeps the kernel from
	// answering our last bytes with a reset.
	l.reply.end()
	l.endOfRead()
}

// endOfRead finishes a read: what callbacks did to other connections is written now.
func (l *Loop) endOfRead() {
	// If a turn was too short for a large fan-out, the next one is on its way. Writing here as well would
	// make every read pay for it.
	if l.finish(!l.leftover) && !l.woken.Swap(true) {
		l.host.yield()
	}
}

// frames decodes p and dispatches every message in it.
func (c *Conn) frames(p []byte) {
	l := c.loop
	lim := &l.e.limits
	if c.flags&(flagShared|flagPrivate) != 0 {
		if c.flags&flagInflating != 0 {
			c.behind(p)
			return
		}
		lim = &l.e.deflateLimits
		l.codec.allow()
	}
	d := c.decoder
	if d == nil {
		d = l.takeDecoder()
	}
	for len(p) > 0 && (c.state == stateOpen || c.state == stateClosing) {
		ev, n, err := d.Next(p, lim)
		p = p[n:]
		if err != nil {
			c.violated(err, ReasonFragments)
			break
		}
		if tiny := d.TakeTiny(); tiny > 0 && !c.charge(int64(tiny)) {
			break
		}
		if ev.Compressed {
			if c.inflate(ev); c.flags&flagInflating != 0 {
				c.wait(p)
				break
			}
		} else if ev.Op != 0 {
			c.dispatch(ev)
		}
	}
	l.countReceived()
	c.parkDecoder(d, lim)
}

// countReceived adds up what was delivered since it was last called.
func (l *Loop) countReceived() {
	if l.received > 0 {
		l.stir()
		l.stats.messagesIn.Add(l.received)
		l.received = 0
	}
}

// takeDecoder lends a decoder for one read. A connection keeps one only while it is
// inside a message, so an idle one holds none.
func (l *Loop) takeDecoder() *frame.Decoder {
	if d := l.spareDecoder; d != nil {
		l.spareDecoder = nil
		return d
	}
	return new(frame.Decoder)
}

func (c *Conn) parkDecoder(d *frame.Decoder, lim *frame.Limits) {
	_, _, _ = d.Next(nil, lim) // the last message was handled: its buffer goes back
	if (c.state == stateOpen || c.state == stateClosing) && !d.Idle() {
		c.decoder = d
		return
	}
	d.Reset()
	c.decoder = nil
	c.loop.spareDecoder = d
}

// violated closes for what the peer sent. limit is the reason if that is no mistake but too much.
func (c *Conn) violated(err error, limit Reason) {
	ce := &CloseError{Code: frame.StatusProtocolError, Err: err}
	if fe, ok := err.(*frame.Error); ok {
		ce.Code, ce.Reason = fe.Status, fe.Reason
	}
	over := ce.Code == frame.StatusPolicyViolation || ce.Code == frame.StatusTooBig && limit == ReasonInflate
	if over && c.state == stateOpen {
		c.loop.stats.note(limit)
	}
	c.fail(ce)
}

// dispatch handles a control frame, or a message that is not compressed any more.
func (c *Conn) dispatch(ev frame.Event) {
	if ev.Op.IsControl() {
		c.control(ev)
		return
	}
	// RFC 6455 1.4: "After sending a control frame indicating the connection
	// should be closed, a peer does not send any further data; after receiving a
	// control frame indicating the connection should be closed, a peer discards any
	// further data received." While we wait for the answer to ours, data is of no use.
	if c.state != stateOpen {
		return
	}
	l := c.loop
	l.received++
	if len(ev.Payload) == 0 && !c.charge(1) {
		return
	}
	if l.e.metered && !c.meter(len(ev.Payload)) {
		return
	}
	c.callMessage(ev.Op, ev.Payload)
}

func (c *Conn) control(ev frame.Event) {
	switch ev.Op {
	case frame.OpClose:
		c.peerClose(ev.Payload)
	case frame.OpPing:
		// RFC 6455 5.5.2: "Upon receipt of a Ping frame, an endpoint MUST send a
		// Pong frame in response, unless it already received a Close frame."
		if c.charge(1) && c.state == stateOpen {
			c.pong(ev.Payload)
		}
	case frame.OpPong:
		// RFC 6455 5.5.3: "A response to an unsolicited Pong frame is not expected."
		c.charge(1)
	}
}

// charge takes n from the flood bucket, and closes with 1008 when it is empty.
func (c *Conn) charge(n int64) bool {
	e := c.loop.e
	if e.floodEvery == 0 || c.flood.take(c.loop.now, e.floodEvery, e.floodWindow, n) {
		return true
	}
	if c.state == stateOpen {
		c.loop.stats.note(ReasonFlood)
	}
	c.fail(&CloseError{Code: frame.StatusPolicyViolation, Reason: "too many control, empty or tiny frames"})
	return false
}

// meter applies the message and byte rates, which are off by default.
func (c *Conn) meter(size int) bool {
	e, r := c.loop.e, c.more()
	switch {
	case e.messageEvery != 0 && !r.messages.take(c.loop.now, e.messageEvery, e.messageWindow, 1):
		c.loop.stats.note(ReasonMessageRate)
	case e.byteEvery != 0 && !r.bytes.take(c.loop.now, e.byteEvery, e.byteWindow, int64(size)):
		c.loop.stats.note(ReasonByteRate)
	default:
		return true
	}
	c.fail(&CloseError{Code: frame.StatusPolicyViolation, Reason: "message or byte rate exceeded"})
	return false
}

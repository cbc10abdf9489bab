package engine

import (
	"fmt"

	"github.com/weir-ws/weir/frame"
)

// Close begins the close handshake: a close frame with code and reason goes out behind
// everything accepted before, and Handler.Close runs when the peer has answered it, or has left
// it unanswered for Config.CloseTimeout. Later sends return Closed. A code that may not
// stand in a frame (RFC 6455 7.4) is sent as 1000; a reason is cut to 123 bytes.
// Closing twice does nothing.
func (c *Conn) Close(code frame.Status, reason string) {
	c.loop.owner.check()
	if c.state != stateOpen {
		return
	}
	if !code.Sendable() {
		code = frame.StatusNormal
	}
	c.more().closeErr = &CloseError{Code: code, Reason: reason}
	c.sendClose(code, reason)
	if c.state == stateOpen {
		c.state = stateClosing
		c.limitClosing()
	}
}

// limitClosing starts the time that the peer has to end its side.
func (c *Conn) limitClosing() {
	l := c.loop
	l.closings.push(c, l.now+int64(l.e.cfg.CloseTimeout))
}

// peerClose answers the peer's close frame, or takes it as the answer to ours.
func (c *Conn) peerClose(payload []byte) {
	code, reason, err := frame.ParseClose(payload)
	if err != nil {
		if c.state == stateOpen {
			c.violated(err, ReasonFragments)
			return
		}
		code = frame.StatusNoStatus // ours is out: there is nothing left to say about theirs
	}
	if c.state == stateOpen {
		c.more().closeErr = &CloseError{Code: code, Reason: reason, Remote: true}
		// RFC 6455 5.5.1: "When sending a Close frame in response, the endpoint
		// typically echos the status code it received."
		c.sendClose(code, "")
	}
	// RFC 6455 7.1.1: "the TCP connection [...] SHOULD be closed first by the server". Our FIN follows the
	// last byte.
	c.linger()
}

// fail ends the connection for ce: a close frame as far as the peer can still take one, then our FIN.
// RFC 6455 7.1.7, "Fail the WebSocket Connection": nothing more is read as frames.
func (c *Conn) fail(ce *CloseError) {
	switch c.state {
	case stateDone, stateLinger:
		return
	case stateHandshake:
		c.lostBecause(ce)
		return
	}
	r := c.more()
	if c.state == stateOpen {
		r.closeErr = ce
		c.cutBacklog()
		c.sendClose(ce.Code, ce.Reason)
	}
	c.linger()
}

// tooSlow ends the connection because its peer does not keep up.
func (c *Conn) tooSlow(reason Reason, why error) {
	c.loop.stats.slowClosed.Add(1)
	c.loop.stats.note(reason)
	c.fail(&CloseError{Code: frame.StatusTryAgainLater, Reason: "slow consumer", Err: why})
}

// cutBacklog drops what has not begun to go out: a peer that is being failed will not
// wait for it, and the close frame should not either.
func (c *Conn) cutBacklog() {
	if c.back != nil {
		held := 0
		if c.flags&flagTLS != 0 {
			held = tlsSocketOf(c).link.held()
		}
		c.back.cut(held)
		if c.back.size == 0 {
			c.back = nil
		}
	}
}

func (c *Conn) sendClose(code frame.Status, reason string) {
	var payload [125]byte
	var p []byte
	if code != frame.StatusNoStatus {
		p = frame.AppendClose(payload[:0], code, reason)
	}
	c.enqueue(frame.NewMessage(frame.OpClose, p))
}

// linger says that nothing more will be sent. The socket stays until the peer's FIN, so that our last
// bytes are not lost to a reset, but no longer than the close timeout.
func (c *Conn) linger() {
	if c.state == stateDone || c.state == stateLinger {
		return
	}
	if c.state != stateClosing {
		c.limitClosing()
	}
	c.state = stateLinger
	c.settle(false)
}

// pong answers a ping. RFC 6455 5.5.3: "If an endpoint receives a Ping frame and has not yet
// sent Pong frame(s) in response to previous Ping frame(s), the endpoint MAY elect to send
// a Pong frame for only the most recently processed Ping frame." So behind a full socket
// only one is ever pending.
func (c *Conn) pong(payload []byte) {
	if c.back != nil {
		r := c.more()
		r.pong = append(r.pong[:0], payload...)
		if r.pong == nil {
			r.pong = []byte{}
		}
		return
	}
	r := &c.loop.reply
	if r.conn != c {
		c.enqueue(frame.NewMessage(frame.OpPong, payload))
		return
	}
	r.buf = append(frame.AppendHeader(r.buf, frame.Header{Fin: true, Op: frame.OpPong, Length: int64(len(payload))}), payload...)
	c.sent()
	if len(r.buf) >= coalesceLimit {
		c.flush()
	}
}

// lost ends the connection because its socket failed.
func (c *Conn) lost(err error) {
	c.lostBecause(&CloseError{Code: frame.StatusAbnormal, Err: fmt.Errorf("socket: %w", err)})
}

// lostBecause gives the connection up at once: no more byte goes out. The socket is released and the
// handler told when the turn ends, never inside another callback.
func (c *Conn) lostBecause(ce *CloseError) {
	if c.state == stateDone {
		return
	}
	if r := c.more(); r.closeErr == nil {
		r.closeErr = ce
	}
	c.state = stateDone
	c.settle(true)
	c.loop.dead = append(c.loop.dead, c)
}

// abortBecause is lostBecause with a reset, for a peer that does not answer.
func (c *Conn) abortBecause(ce *CloseError) {
	c.flags |= flagAbort
	c.lostBecause(ce)
}

// peerGone is ended for a host that has called from outside any read or turn: what follows from the end is done at once.
func (c *Conn) peerGone(err error) {
	l := c.loop
	l.owner.enter()
	c.ended(err)
	if l.reply.conn == nil {
		l.endOfRead()
	}
}

// ended notes that the peer's half of the stream is over (err nil: FIN).
func (c *Conn) ended(err error) {
	if c.state == stateDone {
		return
	}
	switch {
	case c.rare != nil && c.rare.closeErr != nil:
		// The close handshake, or our failing the connection, decided the outcome already.
		c.lostBecause(c.rare.closeErr)
	case err != nil:
		c.lost(err)
	default:
		// RFC 6455 7.1.5: "If _The WebSocket Connection is Closed_ and no Close control frame was
		// received by the endpoint [...], _The WebSocket Connection Close Code_ is considered to be 1006."
		c.lostBecause(&CloseError{Code: frame.StatusAbnormal, Reason: "", Remote: true})
	}
}

func (c *Conn) closeError() *CloseError {
	if c.rare != nil && c.rare.closeErr != nil {
		return c.rare.closeErr
	}
	return &CloseError{Code: frame.StatusAbnormal}
}

package engine

import (
	"crypto/tls"
	"net/netip"
	"time"

	"github.com/weir-ws/weir/frame"
)

type connState uint8

const (
	stateHandshake connState = iota // collecting the request head
	stateOpen                       // both sides may send
	stateClosing                    // our close frame is out or queued; waiting for the peer's
	stateLinger                     // nothing more to say: our FIN follows the last byte, input is thrown away
	stateDone                       // the socket is closed or about to be
)

type connFlags uint16

const (
	flagDirty      connFlags = 1 << iota // on the loop's dirty list
	flagUnsent                           // counted in Loop.unsent
	flagCongested                        // reached the high watermark; Drain is owed
	flagPinged                           // a ping is out and nothing came since
	flagOpened                           // Handler.Open ran, so Handler.Close is owed
	flagFin                              // CloseWrite was called
	flagSlow                             // on the loop's slow list
	flagAbort                            // the socket is to be reset, not closed
	flagDisconnect                       // PolicyDisconnect; else PolicyDrop
	flagDropping                         // a message was dropped since the level was low
	flagUncharged                        // comes from a trusted proxy, and no address is charged with it yet
	flagProxyDue                         // a PROXY protocol header must come first
	flagShared                           // compression: gets the form of a message that many share
	flagPrivate                          // compression: gets a form for its own window, see windows
	flagInflating                        // a message is being inflated; what comes behind it waits
	flagTLS                              // stands on a tlsSocket
)

// Conn is one WebSocket connection. Every method must be called on its loop, that is
// inside a callback, a Ref.Post or a Loop.Post; other goroutines keep the Ref.
//
// What every connection needs stands here; what few need lies behind pointers
// (backlog, decoder, rare). A test pins the size, because a node holds a million.
type Conn struct {
	loop *Loop
	user any

	run     *chain         // the unsent run of this turn; nil: none
	back    *backlog       // nil unless the socket was full
	decoder *frame.Decoder // nil between messages
	rare    *rare          // nil unless one of its fields is needed

	slot, gen uint32
	lastRead  uint32 // loop time of the last input, in units of 1<<20 ns (about 1 ms)
	state     connState
	flags     connFlags
	flood     gcra
}

// rare is what only some connections have, or only for a while.
type rare struct {
	head        []byte // the beginning of a request head that came in several reads
	scanned     int    // scanHead's resume point in head
	subprotocol string
	closeErr    *CloseError // why the connection ends, once that is known
	pong        []byte      // the one pong that waits behind a full socket
	windows     *windows    // of a connection with compression, if it keeps any or has a small one
	inflating   *behind     // while flagInflating is set
	errands     *errands    // calls of Go that are not done
	decision    *decision   // while Handler.Upgrade is being asked on a worker
	handedOver  bool        // net/http has the socket now, and counts it out
	messages    gcra
	bytes       gcra
}

func (c *Conn) handedOver() bool { return c.rare != nil && c.rare.handedOver }

func (c *Conn) deciding() bool { return c.rare != nil && c.rare.decision != nil }

func (c *Conn) more() *rare {
	if c.rare == nil {
		c.rare = new(rare)
	}
	return c.rare
}

// less gives rare back when nothing is in it, so that an idle connection costs what it did before.
func (c *Conn) less() {
	if c.rare.empty() {
		c.rare = nil
	}
}

func (r *rare) empty() bool {
	return r.head == nil && r.subprotocol == "" && r.closeErr == nil && r.pong == nil && r.windows == nil && r.inflating == nil &&
		r.errands == nil && r.decision == nil && !r.handedOver &&
		r.messages == 0 && r.bytes == 0 && r.scanned == 0
}

// User returns what Accept.User or SetUser attached, nil if nothing.
func (c *Conn) User() any {
	c.loop.owner.check()
	return c.user
}

// SetUser attaches v to the connection.
func (c *Conn) SetUser(v any) {
	c.loop.owner.check()
	c.user = v
}

// Loop returns the loop the connection belongs to.
func (c *Conn) Loop() *Loop { return c.loop }

// Ref returns the value by which other goroutines reach the connection.
func (c *Conn) Ref() Ref { return Ref{loop: c.loop, slot: c.slot, gen: c.gen} }

// RemoteAddr returns the peer's address; the zero value for a unix socket. Where the peer is a trusted proxy it
// is the address of the proxy's client (see ProxyConfig), with port 0 if the proxy told none.
func (c *Conn) RemoteAddr() netip.AddrPort {
	c.loop.owner.check()
	return c.socket().Peer()
}

// Subprotocol returns the subprotocol that Upgrade chose, "" if none.
func (c *Conn) Subprotocol() string {
	c.loop.owner.check()
	if c.rare == nil {
		return ""
	}
	return c.rare.subprotocol
}

// TLS returns what the TLS handshake has agreed on, the client's certificates included; nil on a connection without TLS.
func (c *Conn) TLS() *tls.ConnectionState {
	c.loop.owner.check()
	if c.flags&flagTLS == 0 {
		return nil
	}
	return tlsSocketOf(c).tlsState()
}

// SetSlowPolicy changes what happens to new messages above the high watermark.
func (c *Conn) SetSlowPolicy(p SlowPolicy) {
	c.loop.owner.check()
	c.flags &^= flagDisconnect
	if p == PolicyDisconnect {
		c.flags |= flagDisconnect
	}
}

// socket returns what c stands on. It lies around c, in one piece of memory, so that c needs no pointer to it.
func (c *Conn) socket() Socket { return c.loop.socketOf(c) }

// open puts a fresh socket on the loop, waiting for its request head. c is the Conn inside it.
func (l *Loop) open(c *Conn) {
	kind := connFlags(0)
	if l.e.cfg.Proxy.trusts(l.socketOf(c).Peer()) {
		kind = flagUncharged
	}
	l.openAs(c, kind)
}

// openAs is open for a socket of a kind that is known: flagTLS, flagUncharged.
func (l *Loop) openAs(c *Conn, kind connFlags) {
	l.refresh()
	*c = Conn{loop: l, lastRead: coarse(l.now), flags: kind}
	c.SetSlowPolicy(l.e.cfg.Slow)
	l.slots.put(c)
	l.slots.born[c.slot] = uint32(l.now / int64(time.Second))
	l.handshakes.push(c, l.now+int64(l.e.cfg.HandshakeTimeout))
	l.stats.conns.Add(1)
	l.drain.late(c)
}

// coarse is a loop time in units of about a millisecond. It wraps after 52 days;
// differences hold across the wrap.
func coarse(ns int64) uint32 { return uint32(ns >> 20) }

// bury tears down the connections that died in this turn.
func (l *Loop) bury() {
	for len(l.dead) > 0 {
		c := l.dead[len(l.dead)-1]
		l.dead[len(l.dead)-1] = nil
		l.dead = l.dead[:len(l.dead)-1]
		c.teardown()
	}
}

// teardown releases everything and tells the handler, exactly once.
func (c *Conn) teardown() {
	l := c.loop
	c.settle(true)
	if c.decoder != nil {
		c.decoder.Reset()
		c.decoder = nil
	}
	c.abandonInflation()
	c.endDecision()
	l.slots.remove(c)
	if !c.handedOver() {
		c.countOut()
	}
	c.socket().Close(c.flags&flagAbort != 0)
	l.stats.conns.Add(-1)
	if c.handedOver() {
		return
	}
	err := c.closeError()
	l.stats.closed(err.Code)
	if c.flags&flagOpened != 0 {
		l.stats.open.Add(-1)
		c.callClose(err)
	}
	c.user = nil
}

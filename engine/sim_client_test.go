package engine_test

import (
	"bytes"
	"fmt"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

// The client's half of the model: what it sends, and the judge of what it gets.

type itemKind uint8

const (
	itemHead itemKind = iota
	itemPart          // of a message, not its end
	itemMessage
	itemPing
	itemClose
	itemGarbage
)

// item is a frame, or a request head, that the client is sending.
type item struct {
	kind    itemKind
	bytes   []byte
	payload []byte       // of a whole message, or of a ping
	code    frame.Status // of a close frame
}

func (m *simConn) queue(it item) {
	if !m.sentLast {
		m.input = append(m.input, it)
	}
}

// clientMessage queues a message, whole or in fragments. Its bytes tell the server what to do.
func (m *simConn) clientMessage() {
	what, size := m.roll()
	if m.chance(40) {
		what = 'n'
	}
	p := []byte(fmt.Sprintf("%c%d,%d,%d|", what, size, m.id, m.next()))
	p = append(p, bytes.Repeat([]byte{'m'}, pick(m.sim, 0, 3, 100, 130, 600))...)
	op, at := frame.OpText, 0
	for m.chance(30) && len(p)-at > 1 {
		n := m.r.IntN(len(p) - at)
		b := enginetest.Frame(op, p[at:at+n])
		b[0] &^= 0x80 // FIN
		m.queue(item{kind: itemPart, bytes: b})
		if m.chance(20) {
			m.clientPing()
		}
		at += n
		op = frame.OpContinuation
	}
	m.queue(item{kind: itemMessage, bytes: enginetest.Frame(op, p[at:]), payload: p})
}

func (m *simConn) clientPing() {
	p := []byte(fmt.Sprintf("ping %d", m.next()))
	m.queue(item{kind: itemPing, bytes: enginetest.Frame(frame.OpPing, p), payload: p})
}

func (m *simConn) clientClose() {
	it := item{kind: itemClose, code: pick(m.sim, frame.StatusNoStatus, frame.StatusNormal, 4001)}
	it.bytes = enginetest.Frame(frame.OpClose, frame.AppendClose(nil, it.code, ""))
	m.queue(it)
	m.sentClose = true
	m.sentLast = true
}

// clientGarbage queues what is illegal from its first byte on.
func (m *simConn) clientGarbage() {
	if !m.chance(30) {
		return
	}
	m.queue(item{kind: itemGarbage, bytes: []byte{pick[byte](m.sim, 0x83, 0xf1, 0x80, 0x09), 0x80, 0, 0, 0, 0}})
	m.sentLast = true
}

// deliver sends at most n bytes of what the client has queued, in one read. In exact runs a read ends before and
// behind everything but messages.
func (m *simConn) deliver(n int) {
	if m.left || m.client.Closed() {
		return
	}
	var read []byte
	for len(m.input) > 0 && n > 0 {
		it := &m.input[0]
		decisive := it.kind != itemPart && it.kind != itemMessage
		if m.exact && decisive && len(read) > 0 {
			break
		}
		k := min(n, len(it.bytes))
		read = append(read, it.bytes[:k]...)
		it.bytes = it.bytes[k:]
		n -= k
		m.atStart = len(it.bytes) == 0
		if it.kind == itemGarbage {
			m.foresee(it)
		}
		if len(it.bytes) > 0 {
			break
		}
		if it.kind != itemGarbage {
			m.foresee(it)
		}
		m.input = m.input[1:]
		if m.exact && decisive {
			break
		}
	}
	if len(read) == 0 {
		return
	}
	m.logf("conn %d: %d bytes are read", m.id, len(read))
	m.mid = len(m.input) > 0 && !m.atStart && m.input[0].kind != itemHead
	m.lastInput, m.pinged = m.s.Now(), false
	if !m.client.Write(read) {
		m.fatalf("conn %d: the client could not write although nobody had closed", m.id)
	}
	if m.conn != nil && m.closed == 0 && engine.StateOf(m.conn) == "open" && len(m.inbound) > 0 {
		m.fatalf("conn %d: %d messages that came whole were not handled", m.id, len(m.inbound))
	}
}

// foresee notes what an item that is just being completed will do.
func (m *simConn) foresee(it *item) {
	open := m.conn != nil && m.closed == 0 && engine.StateOf(m.conn) == "open"
	switch it.kind {
	case itemPart:
		m.inMessage = true
	case itemMessage:
		m.inMessage = false
		m.inbound = append(m.inbound, it.payload)
	case itemPing:
		m.pings = append(m.pings, it.payload)
		if open && engine.Backlogged(m.conn) {
			m.pong, m.pongHeld = it.payload, true
		} else if open {
			m.accepted += len(frame.NewMessage(frame.OpPong, it.payload).Wire())
		}
	case itemClose:
		m.allowed[it.code] = true
		if open {
			m.decide(it.code, true)
		}
	case itemGarbage:
		m.allowed[frame.StatusProtocolError] = true
		if open {
			m.decide(frame.StatusProtocolError, false)
			m.failed = true
		}
		if !m.exact {
			m.failed = true
		}
	}
}

// readAll reads what has arrived and judges it.
func (m *simConn) readAll() {
	m.got = append(m.got, m.client.Read()...)
	if !m.answered {
		if len(m.got) > 0 && m.got[0] != 'H' {
			m.fatalf("conn %d: the first the client got is %.80q", m.id, m.got)
		}
		if !bytes.Contains(m.got, []byte("\r\n\r\n")) {
			return
		}
		r, rest, err := enginetest.Response(m.got, "")
		if err != nil {
			return // a body that is not there yet
		}
		m.answered = true
		m.got = rest
		want := 101
		switch {
		case m.refused:
			want = 503
		case m.conn == nil && m.reject:
			want = 403
		case m.conn == nil && m.draining:
			want = 503
		}
		if r.StatusCode != want {
			m.fatalf("conn %d: the answer is %s, want %d", m.id, r.Status, want)
		}
	}
	for {
		h, n, err := frame.ParseHeader(m.got)
		if err != nil {
			m.fatalf("conn %d: the client got a malformed frame: %v: %.100q", m.id, err, m.got)
		}
		if n == 0 || int64(len(m.got)-n) < h.Length {
			break
		}
		end := n + int(h.Length)
		m.judge(h, m.got[n:end], m.got[:end])
		m.got = m.got[end:]
	}
	if m.client.GotFIN() && !m.client.Closed() && (len(m.got) > 0 || m.conn != nil && !m.closeSeen) {
		m.fatalf("conn %d: FIN came with %d bytes of an unfinished frame, close frame %t", m.id, len(m.got), m.closeSeen)
	}
}

// judge judges one frame of the server.
func (m *simConn) judge(h frame.Header, payload, wire []byte) {
	if m.closeSeen || m.conn == nil {
		m.fatalf("conn %d: a %s frame came behind the close frame or without a handshake", m.id, h.Op)
	}
	if !h.Fin || h.Masked || h.RSV != 0 {
		m.fatalf("conn %d: a frame with header %+v", m.id, h)
	}
	switch {
	case h.Op == frame.OpPong:
		for len(m.pings) > 0 {
			p := m.pings[0]
			m.pings = m.pings[1:]
			if bytes.Equal(p, payload) {
				return
			}
		}
		m.fatalf("conn %d: the client got pong %q, for none of its pings, or out of order", m.id, payload)
	case h.Op == frame.OpPing && h.Length == 0:
		if m.cfg.PingAfter < 0 {
			m.fatalf("conn %d: a ping came with the heartbeat off", m.id)
		}
	case h.Op == frame.OpClose:
		m.closeSeen = true
		code, _, err := frame.ParseClose(payload)
		if err != nil {
			m.fatalf("conn %d: the server's close frame: %v", m.id, err)
		}
		if m.exact && (m.verdict == nil || m.verdict.code != code) && code != frame.StatusTryAgainLater || !m.exact && !m.allowed[code] {
			m.fatalf("conn %d: close code %d, want %+v (%v)", m.id, code, m.verdict, m.allowed)
		}
		if !m.failed && code != frame.StatusTryAgainLater && len(m.want) > 0 {
			m.fatalf("conn %d: the close frame with %d came before %d accepted messages", m.id, code, len(m.want))
		}
	default:
		if len(m.want) == 0 || !bytes.Equal(m.want[0], wire) {
			var first []byte
			if len(m.want) > 0 {
				first = m.want[0]
			}
			m.fatalf("conn %d: the client got %.80q, but next of %d accepted messages is %.80q", m.id, wire, len(m.want), first)
		}
		m.want = m.want[1:]
	}
}

package engine_test

import (
	"bytes"
	"fmt"
	"sync"

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
	op, at, whole, rsv := frame.OpText, 0, p, byte(0)
	if m.packs && m.chance(50) {
		p, rsv = m.pack(whole), 0x40
	}
	for m.chance(30) && len(p)-at > 1 {
		n := m.r.IntN(len(p) - at)
		b := enginetest.Frame(op, p[at:at+n])
		b[0] = b[0]&^0x80 | rsv // FIN
		rsv = 0
		m.queue(item{kind: itemPart, bytes: b})
		if m.chance(20) {
			m.clientPing()
		}
		at += n
		op = frame.OpContinuation
	}
	b := enginetest.Frame(op, p[at:])
	b[0] |= rsv
	m.queue(item{kind: itemMessage, bytes: b, payload: whole})
}

// packer is one for all: the simulations are many.
var packer = sync.Pool{New: func() any { return frame.NewDeflater(1) }}

// pack compresses a message of the client.
func (m *simConn) pack(p []byte) []byte {
	z := packer.Get().(*frame.Deflater)
	defer packer.Put(z)
	out := z.Append(nil, p, m.window, 15)
	if m.cfg.Compression.ClientContextTakeover && !m.sentLast {
		m.window = frame.SlideWindow(m.window, p, 1<<15)
	}
	return out
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

package engine_test

import (
	"bytes"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

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

//go:build unix

package engine_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// How a connection ends: by close_notify, by FIN without, by reset, by a record that is no record.
func TestTLSEnds(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		h, ended := closes(echo())
		s := serve(t, secure(), h)
		for _, row := range []struct {
			name   string
			end    func(c *rawClient, under net.Conn)
			remote bool
			errors uint64
			says   string
		}{
			{"close_notify", func(c *rawClient, _ net.Conn) { _ = c.Conn.(*tls.Conn).CloseWrite() }, true, 0, ""},
			{"FIN", func(_ *rawClient, under net.Conn) { _ = under.(*net.TCPConn).CloseWrite() }, true, 0, ""},
			{"reset", func(_ *rawClient, under net.Conn) { _ = under.(*net.TCPConn).SetLinger(0); _ = under.Close() }, false, 0, "reset"},
			{"garbage", func(_ *rawClient, under net.Conn) {
				_, _ = under.Write([]byte("\x17\x03\x03\x00\x20" + strings.Repeat("g", 32)))
			}, false, 1, "bad record MAC"},
			{"a record too long", func(_ *rawClient, under net.Conn) { _, _ = under.Write([]byte("\x17\x03\x03\xff\xff")) }, false, 1, "oversized record"},
		} {
			before := s.Stats().TLSErrors
			under := connect(t, s.addr).Conn
			tap := &tapped{Conn: under}
			c := secureOver(t, tap, trusting(version))
			c.request()
			_ = c.response("GET")
			row.end(c, under)
			ce := wait(t, "Close", ended)
			if ce.Code != frame.StatusAbnormal || ce.Remote != row.remote || ce.Err == nil != row.remote ||
				ce.Err != nil && !strings.Contains(ce.Err.Error(), row.says) {
				t.Errorf("%s: closed with %v", row.name, ce)
			}
			if n := s.Stats().TLSErrors - before; n != row.errors {
				t.Errorf("%s: %d TLS errors, want %d", row.name, n, row.errors)
			}
			if row.errors > 0 { // the client is told by an alert
				var alert *net.OpError
				if _, err := c.br.ReadByte(); !errors.As(err, &alert) || alert.Op != "remote error" {
					t.Errorf("%s: the client reads %v, want an alert", row.name, err)
				}
			}
			if row.name == "close_notify" {
				c.expectEOF()
				if !tap.endsWithAlert(version) {
					t.Error("close_notify is not answered")
				}
			}
			_ = under.Close()
		}
		eventually(t, "all are counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
	})
}

// Bad handshakes: those that speak plain HTTP are told so.
func TestTLSHandshakeFails(t *testing.T) {
	t.Parallel()
	cfg := secure()
	cfg.TLS.HandshakeTimeout = 3 * time.Second // long enough for the honest ones on a busy machine
	s := serve(t, cfg, echo())
	c := connect(t, s.addr)
	c.request()
	r := c.response("GET")
	if body, _ := io.ReadAll(r.Body); r.StatusCode != 400 || string(body) != "this port speaks TLS; use wss:// or https://" {
		t.Errorf("plain HTTP got %s %q", r.Status, body)
	}
	c.expectEOF()
	dumb := map[string]*rawClient{}
	for name, send := range map[string]string{"nothing": "", "garbage": "\x00\x01\x02\x03\x04\x05", "half a hello": "\x16\x03\x01\x02\x00"} {
		dumb[name] = connect(t, s.addr)
		dumb[name].bytes(send)
	}
	for name, c := range dumb {
		if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, errReset) {
			t.Errorf("%s: %v, want the end", name, err)
		}
	}
	old := trusting(tls.VersionTLS11)
	if err := tls.Client(connect(t, s.addr).Conn, old).Handshake(); err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
	// The last one is counted when its client has its alert.
	eventually(t, "five TLS errors", func() bool { return s.Stats().TLSErrors >= 5 })
	if n := s.Stats().TLSErrors; n != 5 {
		t.Errorf("%d TLS errors, want 5", n)
	}
	if st := s.Stats(); st.Reasons[engine.ReasonHandshakeTimeout] != 2 || st.HandshakeTimeouts != 2 { // nothing, and half a hello
		t.Errorf("%d handshakes took too long, %d by reason, want 2", st.HandshakeTimeouts, st.Reasons[engine.ReasonHandshakeTimeout])
	}
	eventually(t, "all are counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
}

// Clients that shake no hands take all the places there are, but not for longer than the timeout; and meanwhile who is
// connected notices nothing.
func TestTLSHandshakesAreBounded(t *testing.T) {
	t.Parallel()
	cfg := secure()
	cfg.TLS.MaxHandshakes, cfg.TLS.HandshakeTimeout = 2, 3*time.Second
	s := serve(t, cfg, echo())
	before := dialWSS(t, s.addr, trusting(tls.VersionTLS13))
	for range 3 {
		connect(t, s.addr)
	}
	eventually(t, "the places are taken", func() bool { return engine.Admitted(s.Engine) == 3 }) // the third has to wait
	before.say(frame.OpText, "unharmed")
	before.expect(frame.OpText, "unharmed")
	after := dialWSS(t, s.addr, trusting(tls.VersionTLS13))
	after.say(frame.OpText, "served at last")
	after.expect(frame.OpText, "served at last")
}

// The end of the engine does not wait for handshakes.
func TestTLSShutdown(t *testing.T) {
	t.Parallel()
	cfg := secure()
	cfg.TLS.HandshakeTimeout = time.Hour
	s := serve(t, cfg, echo())
	c := connect(t, s.addr)
	eventually(t, "it is in", func() bool { return engine.Admitted(s.Engine) == 1 })
	s.stop()
	if _, err := c.br.ReadByte(); err == nil {
		t.Error("the connection is still there")
	}
}

// A refusal at accept closes the socket and says nothing: an answer would cost a handshake.
func TestTLSRefusedAtAccept(t *testing.T) {
	t.Parallel()
	cfg := secure()
	cfg.MaxConns = 1
	s := serve(t, cfg, echo())
	dialWSS(t, s.addr, trusting(tls.VersionTLS13))
	for range 5 {
		c := connect(t, s.addr)
		if _, err := c.br.ReadByte(); err == nil {
			t.Fatal("got a byte")
		}
	}
	if n := s.Stats().Refused; n != 5 {
		t.Errorf("%d refused, want 5", n)
	}
}

// Engines end with TLS connections open, and say goodbye to them.
func TestTLSDrain(t *testing.T) {
	t.Parallel()
	s := serve(t, secure(), echo())
	c := dialWSS(t, s.addr, trusting(tls.VersionTLS13))
	done := make(chan error, 1)
	go func() { done <- s.Shutdown(context.Background()) }()
	c.expectClose(frame.StatusGoingAway)
	c.bytes(string(masked(frame.OpClose, []byte("\x03\xe9"))))
	c.expectEOF()
	_ = c.Close()
	if err := wait(t, "Shutdown", done); err != nil {
		t.Error(err)
	}
	if err := s.ended(); err != nil {
		t.Error(err)
	}
}

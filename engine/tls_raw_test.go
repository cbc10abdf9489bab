//go:build unix

package engine

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// crypto/tls lets go on after a read error that says it is temporary. On any Go where it does not, this fails.
func TestTLSTemporaryErrors(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		p := newTLSPair(t, version)
		var wire bytes.Buffer
		if !setNetConn(p.client, &recording{w: &wire}) {
			t.Fatal("a tls.Conn has no net.Conn to replace on this Go")
		}
		msg := bytes.Repeat([]byte("temporary"), 1000)
		if _, err := p.client.Write(msg); err != nil {
			t.Fatal(err)
		}
		var got []byte
		buf := make([]byte, 100)
		empties := 0
		for _, b := range wire.Bytes() { // one byte at a time
			p.s.link.pipe.in = []byte{b}
			for {
				n, err := p.s.link.tls.Read(buf)
				got = append(got, buf[:n]...)
				if err == nil {
					continue
				}
				if !errors.Is(err, errNoInput) {
					t.Fatalf("%s: %v", tls.VersionName(version), err)
				}
				empties++
				break
			}
		}
		if !bytes.Equal(got, msg) || empties != wire.Len() {
			t.Errorf("%s: %d of %d bytes, %d times empty of %d", tls.VersionName(version), len(got), len(msg), empties, wire.Len())
		}
	}
}

type recording struct {
	net.Conn
	w io.Writer
}

func (r *recording) Write(p []byte) (int, error)      { return r.w.Write(p) }
func (r *recording) SetWriteDeadline(time.Time) error { return nil }

// The fields of a tls.Conn that have no other way to them are there on the Go in go.mod.
func TestTLSFieldsAreKnown(t *testing.T) {
	if !tlsLendable || !tlsNetConn.known {
		t.Errorf("rawInput %t, hand %t, input %t, conn %t", tlsRawInput.known, tlsHand.known, tlsInput.known, tlsNetConn.known)
	}
}

// A connection between reads holds no buffer, and the loop's is used again and again.
func TestTLSLendsItsBuffer(t *testing.T) {
	p := newTLSPair(t, tls.VersionTLS13)
	k, b := p.s.link, p.s.link.pipe.bufs
	held := func() int {
		return tlsRawInput.of(k.tls).Cap() + tlsHand.of(k.tls).Cap() + int(tlsInput.of(k.tls).Size())
	}
	if held() == 0 {
		t.Error("nothing is held after a handshake: the test tests nothing")
	}
	k.takeBack(b)
	if held() != 0 || b.raw.Cap() == 0 {
		t.Errorf("%d bytes held, the loop has %d", held(), b.raw.Cap())
	}
	var wire bytes.Buffer
	setNetConn(p.client, &recording{w: &wire})
	for range 3 {
		wire.Reset()
		_, _ = p.client.Write(make([]byte, 16<<10))
		half := wire.Len() / 2
		k.lend(b)
		k.pipe.in = wire.Bytes()[:half]
		n, err := p.s.fill(b.plain)
		if k.takeBack(b); !errors.Is(err, errNoInput) {
			t.Fatal(err)
		}
		if held() == 0 || b.raw.Cap() != 0 && n == 0 {
			t.Fatalf("inside a record %d bytes are held and the loop has %d", held(), b.raw.Cap())
		}
		k.lend(b)
		k.pipe.in = wire.Bytes()[half:]
		m, err := p.s.fill(b.plain[n:])
		if k.takeBack(b); !errors.Is(err, errNoInput) || n+m != 16<<10 {
			t.Fatalf("%d bytes, %v", n+m, err)
		}
		if held() != 0 || b.raw.Cap() == 0 {
			t.Fatalf("behind a record %d bytes are held and the loop has %d", held(), b.raw.Cap())
		}
	}
}

// What a peer makes crypto/tls send without reading it is bounded.
func TestTLSRestIsBounded(t *testing.T) {
	p := newTLSPair(t, tls.VersionTLS13)
	p.s.link.rest = make([]byte, tlsRestMax)
	p.s.link.pipe.bufs.out = []byte("one more alert")
	if err := p.s.own(); !errors.Is(err, errTLSRest) {
		t.Errorf("got %v", err)
	}
}

// close_notify that finds the socket full follows when it has room, and FIN behind it.
func TestTLSOwesCloseNotify(t *testing.T) {
	p := newTLSPair(t, tls.VersionTLS12) // which sends no session ticket behind the handshake
	l := p.s.conn.loop
	l.socketOf = gnetSocketOf
	l.owner.enter()
	l.openAs(&p.s.conn, flagTLS)
	p.s.conn.state = stateLinger
	wrote := 0
	for n := 1; n > 0; wrote += max(n, 0) { // until the socket takes no more
		n, _ = unix.Write(int(p.s.fd), make([]byte, 64))
	}
	if err := p.s.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if len(l.owing) != 1 || len(p.s.link.rest) == 0 {
		t.Fatalf("%d owe, %d bytes wait", len(l.owing), len(p.s.link.rest))
	}
	l.payOwing()
	if len(l.owing) != 1 {
		t.Fatal("nothing was taken, and nothing is owed")
	}
	if _, err := io.CopyN(io.Discard, p.raw, int64(wrote)); err != nil {
		t.Fatal(err)
	}
	l.payOwing()
	if len(l.owing) != 0 || len(p.s.link.rest) != 0 || p.s.link.owing {
		t.Errorf("%d owe, %d bytes wait", len(l.owing), len(p.s.link.rest))
	}
	if _, err := p.client.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the client reads %v, want close_notify", err)
	}
	if _, err := p.raw.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("behind it %v, want FIN", err)
	}
}

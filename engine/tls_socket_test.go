//go:build unix

package engine

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"math/rand/v2"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tlsPair is a tlsSocket over a real socket whose buffers are small, and the client at its other end. There is no loop
// and no Conn around it but what its methods touch.
type tlsPair struct {
	s      *tlsSocket
	client *tls.Conn
	raw    net.Conn // under client
}

func newTLSPair(t *testing.T, version uint16) *tlsPair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(crand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	conns := make([]net.Conn, 2)
	for i, fd := range fds {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_SNDBUF, 8<<10)
		f := os.NewFile(uintptr(fd), "pair")
		if conns[i], err = net.FileConn(f); err != nil {
			t.Fatal(err)
		}
		_ = f.Close()
		t.Cleanup(func() { _ = conns[i].Close() })
	}
	k := &tlsLink{pipe: tlsPipe{real: conns[0]}}
	k.tls = tls.Server(&k.pipe, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MaxVersion: version})
	client := tls.Client(conns[1], &tls.Config{InsecureSkipVerify: true})
	shaken := make(chan error, 1)
	go func() { shaken <- client.Handshake() }()
	if err := errors.Join(k.tls.Handshake(), <-shaken); err != nil {
		t.Fatal(err)
	}
	k.pipe.real = nil
	rc, _ := conns[0].(*net.UnixConn).SyscallConn()
	s := &tlsSocket{link: k}
	_ = rc.Control(func(fd uintptr) { s.fd = int32(fd) })
	m, err := NewManual(Config{Loops: 1}, Handler{}, func() time.Duration { return 0 })
	if err != nil {
		t.Fatal(err)
	}
	l := m.e.loops[0]
	s.conn.loop = l
	k.pipe.bufs = l.tlsBufs()
	return &tlsPair{s, client, conns[1]}
}

// readAll reads what has arrived at the client until nothing more comes for a while.
func (p *tlsPair) readSome(t *testing.T, dst *bytes.Buffer, n int) {
	t.Helper()
	_ = p.client.SetReadDeadline(time.Now().Add(time.Millisecond))
	_, err := io.CopyN(dst, p.client, int64(n))
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
}

// Whatever the socket takes and whenever, the client gets what Write and Writev were given, in order, nothing twice. The
// test plays the engine: what was not reported as written is offered again, the bytes that are held first; a cut
// in between takes away what is not held.
func TestTLSSocketWrites(t *testing.T) {
	for seed := range uint64(12) {
		r := rand.New(rand.NewPCG(seed, 1))
		version := uint16(tls.VersionTLS12 + seed%2)
		p := newTLSPair(t, version)
		var want, got bytes.Buffer // want: reported as written, or held
		var offer []byte           // accepted by the engine and not reported as written
		full, cuts := 0, 0
		for step := range 600 {
			if held := p.s.link.held(); held > len(offer) {
				t.Fatalf("seed %d, step %d: %d bytes held of %d that wait", seed, step, held, len(offer))
			}
			switch n := r.IntN(20); {
			case n < 10:
				add := make([]byte, r.IntN(1<<r.IntN(17)))
				for i := range add {
					add[i] = byte(r.Uint32())
				}
				offer = append(offer, add...)
			case n < 14:
				p.readSome(t, &got, r.IntN(60_000))
				continue
			case n == 14 && len(offer) > p.s.link.held():
				offer = offer[:p.s.link.held()] // cutBacklog
				cuts++
			}
			var v [][]byte // cut up as a backlog is; sometimes not all of it
			for rest := offer; len(rest) > 0 && len(v) < 20; {
				k := 1 + r.IntN(len(rest))
				v = append(v, rest[:k])
				rest = rest[k:]
			}
			offered := 0
			for _, w := range v {
				offered += len(w)
			}
			wrote, err := p.s.Writev(v)
			if err != nil || wrote > offered {
				t.Fatalf("seed %d, step %d: wrote %d of %d: %v", seed, step, wrote, offered, err)
			}
			if wrote < offered {
				full++
				if len(p.s.link.rest) == 0 {
					t.Fatalf("seed %d, step %d: wrote %d of %d although nothing waits", seed, step, wrote, offered)
				}
			} else if p.s.link.held() > 0 && wrote == len(offer) {
				t.Fatalf("seed %d, step %d: all is reported as written, and %d bytes are not", seed, step, p.s.link.held())
			}
			want.Write(offer[:wrote])
			offer = offer[wrote:]
			if n := len(p.s.link.rest); n > tlsChunk+tlsChunk/8 {
				t.Fatalf("seed %d, step %d: %d bytes of ciphertext are kept", seed, step, n)
			}
		}
		for end := time.Now().Add(30 * time.Second); len(offer) > 0 && time.Now().Before(end); {
			wrote, err := p.s.Write(offer)
			if err != nil {
				t.Fatal(err)
			}
			want.Write(offer[:wrote])
			offer = offer[wrote:]
			p.readSome(t, &got, 1<<20)
		}
		for end := time.Now().Add(30 * time.Second); got.Len() < want.Len() && time.Now().Before(end); {
			p.readSome(t, &got, 1<<20)
		}
		if !bytes.Equal(got.Bytes(), want.Bytes()) || full == 0 || cuts == 0 {
			t.Fatalf("seed %d: %d bytes came, %d were written; the socket was full %d times, %d cuts", seed, got.Len(), want.Len(), full, cuts)
		}
	}
}

// A peer that takes a few bytes of a record is seen to take something.
func TestTLSSocketReportsProgress(t *testing.T) {
	k := &tlsLink{plain: 1000, whole: 1100, rest: make([]byte, 1100)}
	total := 0
	for sent := range 1100 {
		k.sent = sent
		n := k.report(5000)
		if total += n; total > 999 || k.held() != 1000-total {
			t.Fatalf("%d reported with %d sent, %d held", total, sent, k.held())
		}
	}
	if total != 999 {
		t.Errorf("%d reported before the last byte, want all but one", total)
	}
	k.rest, k.sent = nil, 0
	if n := k.report(0) + k.report(5000); n != 1 || k.held() != 0 {
		t.Errorf("%d reported at the end, %d held", n, k.held())
	}
	// Held bytes are reported as they are offered, although all is sent.
	k = &tlsLink{plain: 10}
	if a, b, c := k.report(4), k.report(4), k.report(4); a != 4 || b != 4 || c != 2 {
		t.Errorf("reported %d, %d, %d", a, b, c)
	}
	// Ciphertext of crypto/tls's own is nobody's message.
	k = &tlsLink{rest: make([]byte, 30)}
	if n := k.report(100); n != 0 || k.held() != 0 {
		t.Errorf("%d reported of nothing, %d held", n, k.held())
	}
}

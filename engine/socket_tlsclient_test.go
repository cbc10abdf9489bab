//go:build unix

package engine_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
)

// testCert is a certificate for server.example.com, which signs itself and clients.
var testCert = sync.OnceValue(func() tls.Certificate { return makeCert("server.example.com") })

func makeCert(name string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	leaf, _ := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func pool(c tls.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(c.Leaf)
	return p
}

// secure is quickly with a TLS address.
func secure() engine.Config {
	cfg := quickly()
	cfg.Addrs = []string{"tls:127.0.0.1:0"}
	cfg.TLS.Config = &tls.Config{Certificates: []tls.Certificate{testCert()}}
	return cfg
}

// trusting is a client that believes testCert, and speaks one version of TLS only.
func trusting(version uint16) *tls.Config {
	return &tls.Config{RootCAs: pool(testCert()), ServerName: "server.example.com", MinVersion: version, MaxVersion: version}
}

// versions runs f for the versions of TLS that are spoken.
func versions(t *testing.T, f func(t *testing.T, version uint16)) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(v), func(t *testing.T) { t.Parallel(); f(t, v) })
	}
}

// secureConnect opens a socket and shakes hands. The client's Conn is the *tls.Conn.
func secureConnect(t testing.TB, a net.Addr, cfg *tls.Config) *rawClient {
	t.Helper()
	return secureOver(t, connect(t, a).Conn, cfg)
}

func secureOver(t testing.TB, c net.Conn, cfg *tls.Config) *rawClient {
	t.Helper()
	tc := tls.Client(c, cfg)
	if err := tc.Handshake(); err != nil {
		t.Fatalf("TLS handshake: %v", err)
	}
	return newRawClient(t, tc)
}

// dialWSS connects and opens a WebSocket over TLS.
func dialWSS(t testing.TB, a net.Addr, cfg *tls.Config, lines ...string) *rawClient {
	t.Helper()
	c := secureConnect(t, a, cfg)
	c.request(lines...)
	if r := c.response(http.MethodGet); r.StatusCode != 101 {
		t.Fatalf("handshake answered with %s", r.Status)
	}
	return c
}

// tapped keeps what is read from a connection: crypto/tls says io.EOF at the end of a stream, with close_notify and without.
type tapped struct {
	net.Conn
	got []byte
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.got = append(c.got, p[:n]...)
	return n, err
}

// endsWithAlert tells whether the last record is an alert. TLS 1.3 calls all records application data (RFC 8446 5.2); one of 19 bytes
// has two, the type and a tag of 16.
func (c *tapped) endsWithAlert(version uint16) bool {
	var kind, size int
	for b := c.got; len(b) >= 5; b = b[min(len(b), 5+size):] {
		kind, size = int(b[0]), int(b[3])<<8|int(b[4])
	}
	return version == tls.VersionTLS12 && kind == 21 || version == tls.VersionTLS13 && kind == 23 && size == 19
}

// minced is a connection that sends each write in small pieces.
type minced struct {
	net.Conn
	size int
}

func (c minced) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		k, err := c.Conn.Write(p[:min(c.size, len(p))])
		n += k
		if err != nil {
			return n, err
		}
		p = p[k:]
	}
	return n, nil
}

// corked is a connection that keeps back what is written behind the first write, until it is pulled.
type corked struct {
	net.Conn
	writes int
	kept   []byte
	pulled bool
}

func (c *corked) Write(p []byte) (int, error) {
	if c.writes++; c.writes == 1 || c.pulled {
		return c.Conn.Write(p)
	}
	c.kept = append(c.kept, p...)
	return len(p), nil
}

// pull sends all that was kept in one write.
func (c *corked) pull() error {
	c.pulled = true
	_, err := c.Conn.Write(c.kept)
	return err
}

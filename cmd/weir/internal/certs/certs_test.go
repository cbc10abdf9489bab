package certs

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// issue writes a self-signed certificate for name and its key into dir.
func issue(t *testing.T, dir, name string) Files {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	f := Files{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key")}
	write(t, f.Cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	write(t, f.Key, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: k})))
	return f
}

var clock = time.Now().Add(-time.Hour)

// write gives each content a time of its own, which a fast test would not get from the file system.
func write(t *testing.T, path, s string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Second)
	if err := os.Chtimes(path, clock, clock); err != nil {
		t.Fatal(err)
	}
}

type logged struct {
	mu sync.Mutex
	bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Buffer.Write(p)
}

func (l *logged) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.String()
	l.Reset()
	return s
}

// shown is the name in the certificate that a client gets to see.
func shown(t *testing.T, cfg, client *tls.Config) (string, bool, error) {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	deadline := time.Now().Add(30 * time.Second)
	_, _ = a.SetDeadline(deadline), b.SetDeadline(deadline)
	srv := tls.Server(a, cfg)
	end := make(chan error, 1)
	go func() {
		err := srv.Handshake()
		if err == nil {
			_, err = srv.Write([]byte("x")) // brings the client its session ticket
		}
		end <- err
	}()
	c := tls.Client(b, client)
	_, err := c.Read(make([]byte, 1))
	if serr := <-end; err == nil {
		err = serr
	}
	if err != nil {
		return "", false, err
	}
	cs := c.ConnectionState()
	return cs.PeerCertificates[0].Subject.CommonName, cs.DidResume, nil
}

func TestReload(t *testing.T) {
	dir := t.TempDir()
	f := issue(t, dir, "one")
	var out logged
	l, err := Load(f, slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	cfg := l.TLSConfig()
	client := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1), ServerName: "x"}
	want := func(name string, resumed bool) {
		t.Helper()
		if got, r, err := shown(t, cfg, client); err != nil || got != name || r != resumed {
			t.Errorf("shown %q, resumed %t, %v; want %q and %t", got, r, err, name, resumed)
		}
	}
	want("one", false)
	want("one", true)

	// Nothing has changed: nothing is read.
	if err := l.Check(); err != nil || out.take() != "" {
		t.Errorf("Check: %v", err)
	}

	// A new pair.
	issue(t, dir, "two")
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	if s := out.take(); !strings.Contains(s, "read the certificate again") || !strings.Contains(s, "two") {
		t.Errorf("logged %q", s)
	}
	want("one", true) // a session goes on, with the certificate it began with
	client.ClientSessionCache = nil
	want("two", false)

	// A key that belongs to another: half of a renewal. It is told once, and read again until it is right.
	third := issue(t, t.TempDir(), "three")
	copyFile(t, third.Cert, f.Cert)
	if err := l.Check(); err == nil || !strings.Contains(err.Error(), f.Cert) || !strings.Contains(err.Error(), "private key") {
		t.Errorf("Check: %v", err)
	}
	if s := out.take(); strings.Count(s, "stays in use") != 1 {
		t.Errorf("logged %q", s)
	}
	if err := l.Check(); err == nil || out.take() != "" {
		t.Errorf("a second look: %v", err)
	}
	if err := l.Reload(); err == nil || out.take() == "" {
		t.Error("whoever asks for it is told again")
	}
	want("two", false)
	copyFile(t, third.Key, f.Key)
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	want("three", false)

	// Files that are gone.
	_ = os.Remove(f.Cert)
	if err := l.Check(); !os.IsNotExist(unwrapAll(err)) {
		t.Errorf("Check: %v", err)
	}
	want("three", false)
	if l.Leaf().Subject.CommonName != "three" {
		t.Error("Leaf is another")
	}
}

func unwrapAll(err error) error {
	for {
		u, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if _, stop := err.(*os.PathError); stop {
			return err
		}
		err = u.Unwrap()
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	write(t, to, string(b))
}

// A directory that is swapped as a whole behind a link, as Kubernetes does it.
func TestReloadThroughALink(t *testing.T) {
	top := t.TempDir()
	for _, d := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(top, d), 0o700); err != nil {
			t.Fatal(err)
		}
		issue(t, filepath.Join(top, d), d)
	}
	link := filepath.Join(top, "now")
	if err := os.Symlink("a", link); err != nil {
		t.Fatal(err)
	}
	l, err := Load(Files{Cert: filepath.Join(link, "tls.crt"), Key: filepath.Join(link, "tls.key")}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_ = os.Remove(link)
	if err := os.Symlink("b", link); err != nil {
		t.Fatal(err)
	}
	if err := l.Check(); err != nil || l.Leaf().Subject.CommonName != "b" {
		t.Errorf("%v, %s", err, l.Leaf().Subject)
	}
}

// Client certificates are asked for by the authorities in a file, which is read again like the rest.
func TestClientCA(t *testing.T) {
	f, ca, other := issue(t, t.TempDir(), "server"), issue(t, t.TempDir(), "client"), issue(t, t.TempDir(), "other")
	f.ClientCA = filepath.Join(t.TempDir(), "ca.pem")
	copyFile(t, ca.Cert, f.ClientCA)
	l, err := Load(f, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	with := func(f Files) *tls.Config {
		c := &tls.Config{InsecureSkipVerify: true}
		if f.Cert != "" {
			pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
			if err != nil {
				t.Fatal(err)
			}
			c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
		}
		return c
	}
	for _, row := range []struct {
		name string
		f    Files
		ok   bool
	}{{"its own", ca, true}, {"another's", other, false}, {"none", Files{}, false}} {
		if _, _, err := shown(t, l.TLSConfig(), with(row.f)); (err == nil) != row.ok {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	copyFile(t, other.Cert, f.ClientCA)
	if err := l.Check(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := shown(t, l.TLSConfig(), with(other)); err != nil {
		t.Errorf("behind a reload: %v", err)
	}
}

func TestLoadErrors(t *testing.T) {
	f := issue(t, t.TempDir(), "server")
	empty := filepath.Join(t.TempDir(), "empty")
	write(t, empty, "")
	for _, row := range []struct {
		f    Files
		says string
	}{
		{Files{Cert: f.Cert}, "belong together"},
		{Files{Key: f.Key}, "belong together"},
		{Files{Cert: "/nowhere", Key: f.Key}, "/nowhere"},
		{Files{Cert: f.Key, Key: f.Key}, "PEM"},
		{Files{Cert: f.Cert, Key: f.Key, ClientCA: "/nowhere"}, "/nowhere"},
		{Files{Cert: f.Cert, Key: f.Key, ClientCA: empty}, "no certificate in " + empty},
	} {
		if _, err := Load(row.f, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), row.says) {
			t.Errorf("%+v: %v", row.f, err)
		}
	}
}

// Signals reload whatever has changed, ticks only what has; both go on until the end.
func TestWatch(t *testing.T) {
	f := issue(t, t.TempDir(), "one")
	var out logged
	l, err := Load(f, slog.New(slog.NewTextHandler(&out, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	hup, tick, end := make(chan os.Signal), make(chan time.Time), make(chan struct{})
	go func() { defer close(end); l.watch(ctx, hup, tick) }()
	tick <- time.Now()
	tick <- time.Now() // the first one is done now
	if s := out.take(); s != "" {
		t.Errorf("logged %q", s)
	}
	hup <- os.Interrupt
	tick <- time.Now()
	if s := out.take(); strings.Count(s, "read the certificate again") != 1 {
		t.Errorf("logged %q", s)
	}
	cancel()
	<-end
}

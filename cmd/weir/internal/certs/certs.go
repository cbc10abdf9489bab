// Package certs reads a server's certificate from files, and reads it again when they change, so that a renewal needs no
// restart. What is on disk and cannot work is told and left alone: the certificate before it stays in use.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Files says where things are, all of them in PEM.
type Files struct {
	Cert string // the certificate, and behind it those between it and the root
	Key  string // its private key
	// ClientCA are the authorities of client certificates, one of which every client must show then; "": none
	// is asked for.
	ClientCA string
}

// Loader holds what was read last. Its methods may be called from any goroutine.
type Loader struct {
	files Files
	log   *slog.Logger

	mu      sync.Mutex // held while reading
	read    [3]stamp   // of the files, when they were read last, whatever came of it
	failed  string     // what was wrong then; "": nothing
	current atomic.Pointer[tls.Config]
}

// stamp tells one content of a file from another, as far as the file system does.
type stamp struct {
	at   time.Time
	size int64
	file os.FileInfo
}

func (s stamp) same(o stamp) bool {
	return s.at.Equal(o.at) && s.size == o.size && (s.file == o.file || s.file != nil && o.file != nil && os.SameFile(s.file, o.file))
}

// Load reads the files. The error says which is missing or wrong.
func Load(f Files, log *slog.Logger) (*Loader, error) {
	l := &Loader{files: f, log: log}
	l.read = l.stamps()
	c, err := f.config()
	if err != nil {
		return nil, err
	}
	l.current.Store(c)
	return l, nil
}

// TLSConfig is for a server: each handshake gets what is current then. Sessions survive a reload.
func (l *Loader) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return l.current.Load(), nil
		},
	}
}

// Leaf returns the certificate that is in use.
func (l *Loader) Leaf() *x509.Certificate { return l.current.Load().Certificates[0].Leaf }

// Reload reads the files now. After an error what was current stays.
func (l *Loader) Reload() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reload(true)
}

// Check is Reload if a file has changed since, or was wrong then: it may have been read half-written.
func (l *Loader) Check() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reload(false)
}

func (l *Loader) reload(anyway bool) error {
	now := l.stamps()
	changed := false
	for i := range now {
		changed = changed || !now[i].same(l.read[i])
	}
	if !changed && !anyway && l.failed == "" {
		return nil
	}
	l.read = now
	c, err := l.files.config()
	if err != nil {
		if err.Error() != l.failed || anyway {
			l.log.Error("the new certificate cannot be used; the one before it stays in use", "err", err, "until", l.Leaf().NotAfter)
		}
		l.failed = err.Error()
		return err
	}
	l.failed = ""
	l.current.Store(c)
	l.log.Info("read the certificate again", "names", c.Certificates[0].Leaf.DNSNames, "until", c.Certificates[0].Leaf.NotAfter)
	return nil
}

func (l *Loader) stamps() (s [3]stamp) {
	for i, path := range []string{l.files.Cert, l.files.Key, l.files.ClientCA} {
		if fi, err := os.Stat(path); err == nil {
			s[i] = stamp{fi.ModTime(), fi.Size(), fi}
		}
	}
	return s
}

// config reads the files.
func (f Files) config() (*tls.Config, error) {
	if f.Cert == "" || f.Key == "" {
		return nil, errors.New("a certificate and its key belong together; one of them is not given")
	}
	cert, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate %s with key %s: %w", f.Cert, f.Key, err)
	}
	c := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"http/1.1"},
		Certificates: []tls.Certificate{cert},
	}
	if f.ClientCA == "" {
		return c, nil
	}
	pem, err := os.ReadFile(f.ClientCA)
	if err != nil {
		return nil, fmt.Errorf("authorities of client certificates: %w", err)
	}
	c.ClientCAs = x509.NewCertPool()
	if !c.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("authorities of client certificates: there is no certificate in %s", f.ClientCA)
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	return c, nil
}

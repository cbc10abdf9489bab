package exam

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
)

// Target is the server under exam.
type Target struct {
	// URL is where it listens: "ws://host:port/path" or "wss://...".
	URL string
	// Dial makes the TCP (or other byte stream) connection; nil: a net.Dialer
	// to the URL's host. It is called from several goroutines.
	Dial func(ctx context.Context) (net.Conn, error)
	// TLS is the configuration for wss URLs; nil: the system's roots.
	TLS *tls.Config
	// Header is added to every opening handshake: "Name: value" lines without
	// line ends, for servers that want a token or an Origin.
	Header []string
	// Extension is offered in every opening handshake; nil: none is, and the
	// server must not answer with one.
	Extension Extension
}

// endpoint is a Target taken apart.
type endpoint struct {
	Target
	dialAddr string // host:port
	host     string // what the Host header says
	path     string // with the query
	tls      *tls.Config
}

func (t Target) resolve() (endpoint, error) {
	u, err := url.Parse(t.URL)
	if err != nil {
		return endpoint{}, fmt.Errorf("exam: the target's URL: %w", err)
	}
	e := endpoint{Target: t, host: u.Host, path: u.RequestURI()}
	port := u.Port()
	switch u.Scheme {
	case "ws", "http":
		port = orDefault(port, "80")
	case "wss", "https":
		port = orDefault(port, "443")
		e.tls = t.TLS.Clone()
		if e.tls == nil {
			e.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		if e.tls.ServerName == "" {
			e.tls.ServerName = u.Hostname()
		}
	default:
		return endpoint{}, fmt.Errorf("exam: the target's URL %q must start with ws:// or wss://", t.URL)
	}
	if u.Host == "" {
		return endpoint{}, fmt.Errorf("exam: the target's URL %q names no host", t.URL)
	}
	e.dialAddr = net.JoinHostPort(u.Hostname(), port)
	return e, nil
}

func (e endpoint) dial(ctx context.Context) (net.Conn, error) {
	if e.Dial != nil {
		return e.wrap(ctx, e.Dial)
	}
	return e.wrap(ctx, func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", e.dialAddr)
	})
}

func (e endpoint) wrap(ctx context.Context, dial func(context.Context) (net.Conn, error)) (net.Conn, error) {
	conn, err := dial(ctx)
	if err != nil || e.tls == nil {
		return conn, err
	}
	tc := tls.Client(conn, e.tls)
	if err := tc.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return tc, nil
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

package config

import (
	"crypto/tls"
	"log/slog"
	"slices"
	"strings"

	"github.com/weir-ws/weir/cmd/weir/internal/certs"
	"github.com/weir-ws/weir/engine"
)

// TLS is what addresses that begin with "tls:" need.
type TLS struct {
	Cert, Key, ClientCA string // paths of PEM files
}

// Files returns the paths as the package that reads them wants them.
func (t TLS) Files() certs.Files { return certs.Files{Cert: t.Cert, Key: t.Key, ClientCA: t.ClientCA} }

// tlsPrefix marks an address with TLS, behind proxyPrefix if there is that.
const tlsPrefix = "tls:"

// Secure tells whether a is an address with TLS.
func Secure(a string) bool { return strings.HasPrefix(strings.TrimPrefix(a, proxyPrefix), tlsPrefix) }

// Secure tells whether some address is one with TLS.
func (c *Config) Secure() bool { return slices.ContainsFunc(c.Server.Listen, Secure) }

// checkTLS reads the files, so that `weir check` finds out what would keep a server from starting.
func (c *Config) checkTLS(bad func(key, problem, hint string)) {
	if !c.Secure() {
		for _, o := range []struct{ key, file string }{{"tls.cert", c.TLS.Cert}, {"tls.key", c.TLS.Key}, {"tls.client-ca", c.TLS.ClientCA}} {
			if o.file != "" {
				bad(o.key, "no address has TLS", "write --listen tls:HOST:PORT")
			}
		}
		return
	}
	if c.TLS.Cert == "" {
		bad("tls.cert", "an address begins with tls: and there is no certificate", "add --tls-cert FILE and --tls-key FILE")
		return
	}
	if _, err := certs.Load(c.TLS.Files(), slog.New(slog.DiscardHandler)); err != nil {
		key := "tls.cert"
		if strings.HasPrefix(err.Error(), "authorities") {
			key = "tls.client-ca"
		}
		bad(key, err.Error(), "")
	}
}

// tryEngine asks the engine itself, which knows best what cannot work. It opens nothing; the certificates are checkTLS's, and what systemd's sockets are is
// known at the start only.
func (c *Config) tryEngine() error {
	e := c.Engine(nil)
	e.Addrs = slices.DeleteFunc(slices.Clone(e.Addrs), func(a string) bool { _, ok := SocketName(a); return ok })
	if c.Secure() {
		e.TLS.Config = &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}
	}
	_, err := engine.New(e, engine.Handler{})
	return err
}

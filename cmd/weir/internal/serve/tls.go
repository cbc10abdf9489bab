package serve

import (
	"context"

	"github.com/weir-ws/weir/cmd/weir/internal/certs"
	"github.com/weir-ws/weir/engine"
)

// loadCerts gives the engine its certificate, if an address has TLS.
func (s *server) loadCerts(ec *engine.Config) error {
	if !s.cfg.Secure() {
		return nil
	}
	var err error
	if s.certs, err = certs.Load(s.cfg.TLS.Files(), s.log); err != nil {
		return err
	}
	ec.TLS.Config = s.certs.TLSConfig()
	return nil
}

// watchCerts reads the certificate again when it changes, until ctx ends.
func (s *server) watchCerts(ctx context.Context) {
	if s.certs != nil {
		s.certs.Watch(ctx)
	}
}

// feedURL is the URL of the feed on an address.
func (s *server) feedURL(i int) string { return banner{addrs: s.addrs, listen: s.listens}.feedURL(i) }

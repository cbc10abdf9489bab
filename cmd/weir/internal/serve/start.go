package serve

import (
	"context"

	"github.com/weir-ws/weir/cmd/weir/internal/admin"
	"github.com/weir-ws/weir/cmd/weir/internal/systemd"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
)

// open makes everything, the listeners last, and says where they are.
func (s *server) open(ctx context.Context) error {
	var err error
	if s.cfg.Source.External() {
		s.data, err = s.openExternalData(s.cfg.Source)
	} else {
		s.data, err = openData(ctx, s.cfg.Source, s.pace)
	}
	if err != nil {
		return err
	}
	if s.systemd, err = systemd.NewNotifier(s.environ); err != nil {
		s.log.Warn("systemd is not told what goes on", "err", err)
	}
	if s.hub, err = hub.New(hub.Config{
		MaxChannelsPerMember: s.cfg.Limits.MaxChannels, Panicked: panicked, Options: s.cfg.Channels.Options,
		Stamp: true, // for clients that ask for times
	}); err != nil {
		return err
	}
	if s.feedOf, err = s.openFeed(); err != nil {
		return err
	}
	if s.streams, err = s.openStreams(s.knownOf); err != nil {
		return err
	}
	ec := s.cfg.Engine(s.log)
	if err := s.loadCerts(&ec); err != nil {
		return err
	}
	// To verify a JSON web token takes 0.1 ms, which everybody on the loop would wait for.
	ec.Workers.Upgrade = s.auth != nil && s.auth.Refreshes()
	if err := s.inherit(&ec); err != nil {
		return err
	}
	if s.engine, err = engine.New(ec, logged(s.handler(&dialects{s.feedOf, s.streams}), s.log)); err != nil {
		return err
	}
	s.live = admin.NewProber(s.engine)
	s.ready = admin.NewReadiness(admin.EngineChecks(s.engine)...)
	if err := s.listen(); err != nil {
		_ = s.engine.Shutdown(ctx) // nobody has come yet
		if s.adminLn != nil {
			_ = s.adminLn.Close()
		}
		return err
	}
	return nil
}

// listen opens the listeners, and says where they are.
func (s *server) listen() error {
	if err := s.engine.Listen(); err != nil {
		return err
	}
	s.addrs = s.engine.Addrs()
	if err := s.openAdmin(); err != nil {
		return err
	}
	return s.announce()
}

// announce says it in words, or where logs are for machines as a log record.
func (s *server) announce() error {
	b := banner{
		addrs: s.addrs, listen: s.listens, what: s.data.what, waitsFor: s.data.wait,
		maxConns: s.engine.MaxConns(), descriptors: descriptors(), channels: s.data.channels, proxied: s.cfg.Proxy.Protocol,
		auth: s.whoIsLetIn(), publish: s.cfg.Publish.To,
	}
	if s.adminLn != nil {
		b.admin = adminURL(s.adminLn.Addr())
	}
	if s.cfg.Log.Format != "json" {
		return b.write(s.out)
	}
	for i := range b.addrs {
		s.log.Info("listening", "url", b.feedURL(i), "source", b.what, "max_conns", b.maxConns, "descriptors", b.descriptors,
			"auth", b.auth, "publish", b.publish)
	}
	if b.admin != "" {
		s.log.Info("admin listening", "url", b.admin)
	}
	return nil
}

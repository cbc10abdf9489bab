package serve

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/admin"
	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/metrics"
	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// openAdmin opens the admin listener, if there is to be one. That its default port is taken is no reason not to serve.
func (s *server) openAdmin() error {
	addr := s.cfg.Server.Admin
	if s.adminLn == nil {
		if addr == config.AdminOff {
			return nil
		}
		ln, err := admin.Listen(addr)
		if err != nil {
			if s.cfg.IsSet("server.admin") {
				return err
			}
			s.log.Warn("no admin listener: its default address is taken; choose another with --admin, or off", "err", err)
			return nil
		}
		s.adminLn = ln
	}
	if admin.Public(s.adminLn.Addr()) {
		s.log.Warn("other machines may reach the admin listener, which asks nobody who they are", "address", s.adminLn.Addr().String())
	}
	reg := metrics.Registry(metrics.Sources{
		Engine: s.engine, Hub: s.hub, Feed: s.feedOf, Binance: s.streams, Published: s.published, Ready: s.ready.Ready, Draining: s.ready.Draining,
	})
	s.admin = admin.New(admin.Config{
		Engine: s.engine, Hub: s.hub, Live: s.live, Ready: s.ready, Metrics: reg, Pprof: s.cfg.Server.Pprof, Logger: s.log,
		Subscriptions: subscriptions, Holding: holding, Held: func() hub.HoldStats { return s.feedOf.Stats().Holding },
	})
	return nil
}

// published is what the source has published; a source that does not count has none.
func (s *server) published() (messages, bytes uint64) {
	if s.data.published == nil {
		return 0, 0
	}
	return s.data.published()
}

// subscriptions runs on the connection's loop.
func subscriptions(c *engine.Conn) int {
	if s, ok := c.User().(*feed.Session); ok {
		return s.Memberships().Len()
	}
	return 0
}

// holding runs on the connection's loop.
func holding(c *engine.Conn) *feed.Holding {
	if s, ok := c.User().(*feed.Session); ok {
		return s.Holding()
	}
	return nil
}

// serveAdmin serves until stop is called, which waits for its end.
func (s *server) serveAdmin() (stop func()) {
	if s.admin == nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.admin.Serve(s.adminLn); err != nil {
			s.log.Error("the admin listener has ended; the feed is not affected", "err", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		s.admin.Shutdown(ctx)
		<-done
	}
}

// adminURL is the address as a person opens it.
func adminURL(a net.Addr) string {
	if t, ok := a.(*net.TCPAddr); ok {
		return "http://" + reachable(t) + "/"
	}
	return fmt.Sprintf("%s:%s", a.Network(), a)
}

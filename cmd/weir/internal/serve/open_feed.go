package serve

import (
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/auth"
	"github.com/weir-ws/weir/hub/feed"
)

// openFeed makes the feed, and knows who may use it.
func (s *server) openFeed() (*feed.Feed, error) {
	cfg := feed.Config{Path: Path, MaxData: int(s.cfg.Publish.MaxData)}
	to, err := auth.NewPatterns(s.cfg.Publish.To)
	if err != nil {
		return nil, err
	}
	s.knownOf = s.known(to)
	cfg.Known = s.knownOf
	if !to.None() {
		cfg.PermitPublish = func(_ any, channel string) bool { return to.Match(channel) }
	}
	if s.cfg.Authenticates() {
		if s.auth, err = auth.New(s.cfg.AuthConfig()); err != nil {
			return nil, err
		}
		s.restrict(&cfg, to)
	}
	return feed.New(s.hub, cfg)
}

// restrict lets only those in who show who they are, and each to what it may have.
func (s *server) restrict(cfg *feed.Config, to auth.Patterns) {
	cfg.Authenticate = s.auth.Subscriber
	cfg.Permit = func(user any, channel string) bool { return user.(*auth.User).MaySubscribe(channel) }
	if !to.None() {
		cfg.PermitPublish = func(user any, channel string) bool {
			return to.Match(channel) && user.(*auth.User).MayPublish(channel)
		}
	}
	if s.auth.Refreshes() {
		cfg.Expires = func(user any) time.Time { return user.(*auth.User).Expires() }
		cfg.Refresh = s.auth.Refresh
	}
}

// known is read by all loops at once, so what it stands on must not change.
func (s *server) known(published auth.Patterns) func(string) bool {
	set := make(map[string]struct{}, len(s.data.channels))
	for _, c := range s.data.channels {
		set[c] = struct{}{}
	}
	if s.data.anything {
		return nil
	}
	return func(c string) bool {
		_, ok := set[c]
		return ok || published.Match(c)
	}
}

// whoIsLetIn says it in words, "" for everybody.
func (s *server) whoIsLetIn() string {
	if s.auth == nil {
		return ""
	}
	return s.auth.String()
}

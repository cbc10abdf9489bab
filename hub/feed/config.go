package feed

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// DefaultPath is Config.Path when that is empty.
const DefaultPath = "/feed"

// DefaultMaxRequest is Config.MaxRequest when that is 0: room for [MaxBatch] channels with the longest
// names.
const DefaultMaxRequest = 320 << 10

// Config sets up a [Feed]. The zero value serves every legal channel to everybody on /feed.
//
// Its funcs but Now run on the connection's loop, which holds thousands of other connections: they must
// not block, and several loops call them at the same time.
type Config struct {
	// Path is where the feed is: the exact path of the URL. "": /feed. It begins with a slash.
	Path string

	// MaxRequest bounds a request in bytes; a longer one is answered with CodeTooBig and not
	// looked at. 0: 327,680. Negative: no bound but the engine's MaxMessage.
	MaxRequest int

	// Authenticate decides, at the upgrade, who the client is; what it returns is the user of
	// the session, for Permit. Its error refuses the upgrade: an *engine.HTTPError as it stands, any
	// other with 500 and no detail. nil: everybody may connect, the user is nil.
	Authenticate func(*http.Request) (user any, err error)

	// Permit says whether the user may subscribe to channel, which is a legal name. It is
	// asked before Known, so that a channel that is forbidden cannot be told from one that does not
	// exist. nil: everybody may.
	Permit func(user any, channel string) bool

	// Known says whether there is such a channel. nil: every legal name is one, and a
	// subscription to one that nobody publishes to is silent.
	Known func(channel string) bool

	// Now is the clock by which Publish dates messages that have no date. nil: time.Now.
	Now func() time.Time
}

// complete checks cfg and fills in the defaults.
func (cfg *Config) complete() error {
	if cfg.Path == "" {
		cfg.Path = DefaultPath
	}
	if !strings.HasPrefix(cfg.Path, "/") {
		return fmt.Errorf("feed: Config.Path is %q; it must begin with a slash, such as %q", cfg.Path, DefaultPath)
	}
	if cfg.MaxRequest == 0 {
		cfg.MaxRequest = DefaultMaxRequest
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return nil
}

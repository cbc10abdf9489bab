package feed

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// DefaultPath is Config.Path when that is empty.
const DefaultPath = "/feed"

// DefaultMaxData is Config.MaxData when that is 0.
const DefaultMaxData = 64 << 10

// DefaultMaxReplay is Config.MaxReplay when that is 0.
const DefaultMaxReplay = 1 << 20

// DefaultMaxRequest is Config.MaxRequest when that is 0: room for [MaxBatch] channels with the longest
// names.
const DefaultMaxRequest = 320 << 10

// Config sets up a [Feed]. The zero value serves every legal channel to everybody on /feed, and takes nothing in.
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

	// PermitPublish says whether the user may publish to channel, which is a legal name, with a
	// request or through a [Publisher]. Like Permit it is asked before Known. nil: nobody may. A request is
	// published on the loop, so the hub's broker must not wait for a network.
	PermitPublish func(user any, channel string) bool

	// MaxData bounds the data of one message that is published from outside, in bytes; more is
	// answered with CodeTooBig. 0: 65,536. Negative: no bound but MaxRequest.
	MaxData int

	// MaxReplay bounds the data, in bytes, of the messages that a client which resumes is sent: one that has missed more is told that it is not
	// recovered. It should be well below the engine's HardLimit. 0: 1 MiB. Negative: no bound.
	MaxReplay int

	// Expires says until when the user may stay. It is asked when the connection opens and after
	// each refresh; when the time has come by Now, the connection is closed with 3000 within a
	// second, and no request is carried out any more. nil, or the zero time: for ever. Sessions of the
	// user nil are not asked about.
	Expires func(user any) time.Time

	// Refresh takes a new token of the user and returns the user that it makes of the old one, not nil, who
	// must be the same person: rights and expiry are the new one's from then on, and subscriptions that Permit does
	// not allow the new one are ended. Its error refuses the token: an *engine.HTTPError with its Body as
	// the text that the client is told, any other with no detail. nil: no connection can be refreshed.
	Refresh func(user any, token string) (any, error)

	// Now is the clock by which messages that have no date get one, and sessions expire. nil: time.Now.
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
	if cfg.MaxData == 0 {
		cfg.MaxData = DefaultMaxData
	}
	if cfg.MaxReplay == 0 {
		cfg.MaxReplay = DefaultMaxReplay
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return nil
}

package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/redial"
	"github.com/weir-ws/weir/hub/feed/source"
)

// Kind is what an upstream speaks.
type Kind uint8

const (
	// Weir is the feed protocol, docs/protocol.md.
	Weir Kind = iota
	// Raw is JSON in text messages.
	Raw
)

// String returns the kind's name in a configuration file.
func (k Kind) String() string {
	if k == Raw {
		return "raw"
	}
	return "weir"
}

// Config sets up an [Upstream]. Only URL is needed, and for Raw Map.Channel.
type Config struct {
	URL    string // ws:// or wss://
	Kind   Kind
	Header http.Header // more of the handshake's header
	// Token returns what the server is shown as "Authorization: Bearer", "" for nothing; it is asked before each connection. nil: nothing.
	Token func(ctx context.Context) (string, error)

	// Channels are the channels and patterns to subscribe to, each once. For Weir; empty: "*", everything.
	Channels []string

	// Subscribe are the messages to send on each connection, as they are, in order. For Raw.
	Subscribe []string
	// Map says what a message is. For Raw.
	Map Map
	// Ping is how a connection that has died is found out. For Raw; that of Weir has its own.
	Ping Ping
	// Check judges the name of a channel, such as hub.ValidateChannel; a message for one that it refuses is bad. nil: all names are good. For Raw.
	Check func(channel string) error

	// Compress offers permessage-deflate.
	Compress bool
	// MaxMessage is the largest message in bytes; a larger one costs the connection. 0: 16 MiB.
	MaxMessage int64
	// DialTimeout is for the handshake. 0: 10 s.
	DialTimeout time.Duration
	Backoff     client.Backoff
	// Clock dates messages that have no time. nil: source.SystemClock.
	Clock source.Clock

	// OnStatus is told what becomes of the connection, OnBad of messages that are not what Map says, OnEnded of what the server has ended or
	// refused (Weir): all in the goroutine that publishes. nil: nobody is.
	OnStatus func(client.Status)
	OnBad    func(*BadError)
	OnEnded  func(*client.Ended)
}

const (
	defaultMaxMessage  = 16 << 20
	defaultDialTimeout = 10 * time.Second
)

// complete checks cfg and fills in the defaults. The error is a *source.ConfigError.
func (cfg *Config) complete() (*url.URL, error) {
	bad := func(field, problem string) (*url.URL, error) {
		return nil, &source.ConfigError{Field: field, Problem: problem}
	}
	u, err := redial.Parse(cfg.URL)
	if err != nil {
		return bad("URL", err.Error())
	}
	if cfg.MaxMessage == 0 {
		cfg.MaxMessage = defaultMaxMessage
	}
	if cfg.DialTimeout == 0 {
		cfg.DialTimeout = defaultDialTimeout
	}
	if cfg.Clock == nil {
		cfg.Clock = source.SystemClock()
	}
	cfg.Backoff = cfg.Backoff.Anew()
	if cfg.Kind == Weir {
		if len(cfg.Channels) == 0 {
			cfg.Channels = []string{"*"}
		}
		switch {
		case cfg.Map != Map{}:
			return bad("Map", "is for the kind raw: a weir says what its messages are")
		case len(cfg.Subscribe) > 0:
			return bad("Subscribe", "is for the kind raw; write the channels of a weir")
		case cfg.Ping != Ping{}:
			return bad("Ping", "is for the kind raw")
		}
		seen := make(map[string]bool, len(cfg.Channels))
		for _, name := range cfg.Channels {
			if err := hub.ValidatePattern(name); err != nil {
				return bad("Channels", err.Error())
			}
			if seen[name] {
				return bad("Channels", fmt.Sprintf("%q is there twice", name))
			}
			seen[name] = true
		}
		return u, nil
	}
	if len(cfg.Channels) > 0 {
		return bad("Channels", "are for the kind weir; write the messages that subscribe")
	}
	if field, err := cfg.Ping.complete(); err != nil {
		return bad("Ping."+field, err.Error())
	}
	return u, nil
}

// BadError is a message of a raw upstream that is not what Config.Map says.
type BadError struct {
	URL  string // without what may be secret
	Text string // of the message, up to 200 bytes
	Err  error
}

// Error names the upstream, the fault and the message.
func (e *BadError) Error() string {
	return fmt.Sprintf("%s: %v: %q", e.URL, e.Err, e.Text)
}

// Unwrap returns Err.
func (e *BadError) Unwrap() error { return e.Err }

// ErrNotJSON is what a message of a raw upstream is that is no JSON text.
var ErrNotJSON = errors.New("not JSON in UTF-8")

package config

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

// Upstream is another server that data comes from. It is written as
//
//	URL [weir|raw] [NAME=VALUE]...   (or kind=raw, as in a file)
//	ws://10.0.0.5:8080/feed channels=*@trade channels=*@depth*
//	wss://stream.example.com/stream raw channel={stream} data=data key=data.s subscribe="{\"op\": \"subscribe\"}"
type Upstream struct {
	text      string
	config    upstream.Config
	TokenFile string // path; "": no token
}

// String returns it as it was written, with single spaces.
func (u Upstream) String() string { return u.text }

// Config is what package upstream makes of it. Names of channels are checked as the hub does.
func (u Upstream) Config() upstream.Config { return u.config }

// parseUpstream reads the words of one.
func parseUpstream(words []string) (Upstream, error) {
	u := Upstream{text: joinWords(words)}
	c := &u.config
	c.URL = words[0]
	words = words[1:]
	if len(words) > 0 && (!strings.Contains(words[0], "=") || strings.HasPrefix(words[0], "kind=")) {
		switch strings.TrimPrefix(words[0], "kind=") {
		case "weir":
		case "raw":
			c.Kind = upstream.Raw
		default:
			return u, fmt.Errorf("%q is no kind; write weir, raw, or settings such as channels=*@trade", words[0])
		}
		words = words[1:]
	}
	if err := upstreamSettings.each(words, u.set); err != nil {
		return u, err
	}
	if c.Kind == upstream.Raw {
		c.Check = hub.ValidateChannel
	}
	if _, err := upstream.New(*c); err != nil {
		return u, err
	}
	return u, nil
}

// set carries out one setting.
func (u *Upstream) set(setting, s string) error {
	c := &u.config
	var err error
	switch setting {
	case "channels":
		c.Channels = append(c.Channels, s)
	case "subscribe":
		c.Subscribe = append(c.Subscribe, s)
	case "header":
		name, value, ok := strings.Cut(s, ":")
		if !ok {
			return errors.New(`write "NAME: VALUE"`)
		}
		if c.Header == nil {
			c.Header = make(http.Header)
		}
		c.Header.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	case "token-file":
		u.TokenFile = s
	case "channel":
		c.Map.Channel = s
	case "data":
		c.Map.Data = s
	case "key":
		c.Map.Key = s
	case "time":
		c.Map.Time = s
	case "time-unit":
		unit, ok := timeUnits[s]
		if !ok {
			return fmt.Errorf("%q is not known; write s, ms, us or ns", s)
		}
		c.Map.TimeUnit = unit
	case "ping-every":
		err = (&duration{&c.Ping.Every, true}).Set(s)
	case "ping-timeout":
		err = (&duration{&c.Ping.Timeout, false}).Set(s)
	case "ping-text":
		c.Ping.Text = s
	case "pong-text":
		c.Ping.Pong = s
	case "silence":
		err = (&duration{&c.Ping.Silence, false}).Set(s)
	case "max-message":
		err = (&size{&c.MaxMessage, 1, 1 << 30}).Set(s)
	case "backoff-max":
		err = (&duration{&c.Backoff.Cap, false}).Set(s)
	case "compress":
		err = (&boolean{&c.Compress}).Set(s)
	default:
		return errNoSetting
	}
	return err
}

// upstreamSettings are those that set knows.
var upstreamSettings = settings{
	names: []string{
		"channels", "subscribe", "channel", "data", "key", "time", "time-unit", "header", "token-file", "ping-every", "ping-timeout", "ping-text",
		"pong-text", "silence", "max-message", "backoff-max", "compress",
	},
	many:    []string{"channels", "subscribe", "header"},
	example: "channels=*@trade",
}

var timeUnits = map[string]time.Duration{"s": time.Second, "ms": time.Millisecond, "us": time.Microsecond, "ns": time.Nanosecond}

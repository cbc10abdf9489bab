package tail

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// DefaultPath is where the feed is when the URL does not say.
const DefaultPath = "/feed"

// ParseURL reads what people write for a server: "127.0.0.1:8080", ":8080", "ws://host/feed", "https://host". The
// scheme is ws or wss afterwards, the path never empty.
func ParseURL(s string) (*url.URL, error) {
	text := s
	if !strings.Contains(s, "://") {
		if strings.HasPrefix(s, ":") {
			text = "localhost" + s
		}
		text = "ws://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		var e *url.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return nil, fmt.Errorf("%q is not a URL: %w; write HOST:PORT or ws://HOST:PORT/PATH", s, err)
	}
	switch u.Scheme {
	case "ws", "wss":
	case "http":
		u.Scheme = "ws"
	case "https":
		u.Scheme = "wss"
	default:
		return nil, fmt.Errorf("%q has a scheme that is not known; write ws:// or wss://", s)
	}
	if u.Hostname() == "" {
		return nil, fmt.Errorf("%q names no host; write HOST:PORT or ws://HOST:PORT/PATH", s)
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = DefaultPath
	}
	u.Fragment = ""
	return u, nil
}

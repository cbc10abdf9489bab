package serve

import (
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
)

// Path is where the feed is served.
const Path = "/feed"

// banner is what is said when the server can be connected to.
type banner struct {
	addrs       []net.Addr
	listen      []string // the same as they were configured
	what        string
	waitsFor    int // subscribers
	maxConns    int
	descriptors uint64 // 0: not known on this system
	admin       string // "": none
	channels    []string
	proxied     bool     // nobody but proxies can connect
	auth        string   // "": everybody is let in
	publish     []string // patterns; empty: nothing may be published
}

// write says it to a person. The first lines have a fixed form that scripts may rely on: "listening on URL".
func (b banner) write(w io.Writer) error {
	var s strings.Builder
	for i := range b.addrs {
		fmt.Fprintf(&s, "listening on %s\n", b.feedURL(i))
	}
	fmt.Fprintf(&s, "  source   %s\n", b.what)
	if b.waitsFor > 0 {
		fmt.Fprintf(&s, "           waits until every channel has %s\n", terminal.Plural(b.waitsFor, "subscriber"))
	}
	fmt.Fprintf(&s, "  limits   %s", terminal.Plural(b.maxConns, "connection"))
	if b.descriptors > 0 {
		fmt.Fprintf(&s, ", %s", terminal.Plural(b.descriptors, "file descriptor"))
	}
	s.WriteString("\n")
	if b.admin != "" {
		fmt.Fprintf(&s, "  admin    %s\n", b.admin)
	}
	if b.proxied {
		s.WriteString("  proxies  only trusted ones may connect, with the PROXY protocol\n")
	}
	if b.auth != "" {
		fmt.Fprintf(&s, "  auth     %s\n", b.auth)
	}
	if len(b.publish) > 0 {
		who := ""
		if b.auth == "" {
			who = ", by anybody"
		}
		fmt.Fprintf(&s, "  publish  to %s%s\n", strings.Join(b.publish, ", "), who)
	}
	if try := b.try(); try != "" {
		fmt.Fprintf(&s, "  try      %s\n", try)
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// try is a command that shows something. Up to three channels, because the third is often the interesting one.
func (b banner) try() string {
	for i, a := range b.addrs {
		if b.proxied {
			break
		}
		if t, ok := a.(*net.TCPAddr); ok && !b.secure(i) {
			return "weir tail " + reachable(t) + " " + b.some() + b.token()
		}
	}
	return ""
}

func (b banner) some() string {
	if len(b.channels) == 0 {
		return "CHANNEL"
	}
	return strings.Join(b.channels[:min(3, len(b.channels))], " ")
}

// token is what else it takes where there is auth.
func (b banner) token() string {
	if b.auth == "" {
		return ""
	}
	return " --token-file FILE"
}

func (b banner) secure(i int) bool { return i < len(b.listen) && config.Secure(b.listen[i]) }

// feedURL is address i as a client writes it.
func (b banner) feedURL(i int) string {
	a, secure := b.addrs[i], b.secure(i)
	t, ok := a.(*net.TCPAddr)
	switch {
	case ok && secure:
		return "wss://" + reachable(t) + Path
	case ok:
		return "ws://" + reachable(t) + Path
	case secure:
		return "tls:" + a.Network() + ":" + a.String()
	}
	return a.Network() + ":" + a.String()
}

// reachable replaces the address that means "all of this machine's" by one that can be connected to.
func reachable(a *net.TCPAddr) string {
	host := a.IP.String()
	if len(a.IP) == 0 || a.IP.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, fmt.Sprint(a.Port))
}

package systemd

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// The states that systemd knows; sd_notify(3).
const (
	Ready    = "READY=1"
	Stopping = "STOPPING=1"
	Watchdog = "WATCHDOG=1"
)

// Status is a state for people: `systemctl status` shows it.
func Status(text string) string { return "STATUS=" + strings.ReplaceAll(text, "\n", " ") }

// ExtendTimeout asks for so much more time to stop in, from now on, than the unit allows.
func ExtendTimeout(d time.Duration) string {
	return fmt.Sprintf("EXTEND_TIMEOUT_USEC=%d", d.Microseconds())
}

// Notifier sends states to the service manager. The nil Notifier is where there is none.
type Notifier struct{ addr *net.UnixAddr }

// NewNotifier returns the notifier that environ asks for by NOTIFY_SOCKET; nil if it does not. The error is about an
// address of a kind that is not known: they begin with a slash, or with @ for the abstract ones of Linux.
func NewNotifier(environ []string) (*Notifier, error) {
	name := lookup(environ, "NOTIFY_SOCKET")
	if name == "" {
		return nil, nil
	}
	if name[0] != '/' && name[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q, which is neither a path nor an abstract name; systemd hears nothing of us", name)
	}
	return &Notifier{&net.UnixAddr{Name: name, Net: "unixgram"}}, nil // package net has @ for a leading NUL too
}

// Send sends states, all in one datagram. It never blocks for long: a full socket is the manager's fault, and an error.
// Any goroutine may call it.
func (n *Notifier) Send(states ...string) error {
	if n == nil {
		return nil
	}
	c, err := net.DialUnix(n.addr.Net, nil, n.addr)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer c.Close()
	_ = c.SetWriteDeadline(time.Now().Add(time.Second))
	if _, err := c.Write([]byte(strings.Join(states, "\n"))); err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	return nil
}

// WatchdogEvery is how often the process pid is to send [Watchdog]: half the time after which it would be taken for
// hung, as sd_watchdog_enabled(3) advises. 0: never.
func WatchdogEvery(environ []string, pid int) time.Duration {
	if p := lookup(environ, "WATCHDOG_PID"); p != "" && p != strconv.Itoa(pid) {
		return 0
	}
	usec, err := strconv.ParseInt(lookup(environ, "WATCHDOG_USEC"), 10, 64)
	if err != nil || usec < 2 || usec > int64(time.Duration(1<<62).Microseconds()) {
		return 0
	}
	return time.Duration(usec) * time.Microsecond / 2
}

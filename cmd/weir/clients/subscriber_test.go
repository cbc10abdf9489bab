package clients

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

const nginxChannel = "btcusdt@trade"

var retryAfter = regexp.MustCompile(`; retry-after=(\d+)ms$`)

// client returns one that trusts the site's certificate and connects from addr.
func (n *nginx) client(t *testing.T, addr netip.Addr) *http.Client {
	t.Helper()
	pem, err := os.ReadFile(n.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: addr.AsSlice()}}
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: pool},
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return d.DialContext(ctx, network, n.host)
		},
	}}
}

// dial connects a client to the site, which lies about who it is as far as a client can.
func (n *nginx) dial(ctx context.Context, client *http.Client, path string) (*websocket.Conn, error) {
	host := net.JoinHostPort(site, n.port)
	c, _, err := websocket.Dial(ctx, "wss://"+host+path, &websocket.DialOptions{HTTPClient: client, HTTPHeader: http.Header{
		"Origin": {"https://" + host}, "X-Forwarded-For": {"203.0.113.1"}, "X-Real-Ip": {"203.0.113.2"}, "Forwarded": {"for=203.0.113.3"},
	}})
	return c, err
}

// goVisitor connects a client that stays to the end of the test, and asks for nothing.
func goVisitor(t *testing.T, n *nginx, path string, addr netip.Addr) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := n.dial(ctx, n.client(t, addr), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.CloseNow() })
}

// goSubscriber runs a client of coder/websocket that reconnects as docs/protocol.md says, until the test ends.
func goSubscriber(t *testing.T, n *nginx, path string, addr netip.Addr, d *diary) {
	t.Helper()
	client := n.client(t, addr)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	t.Cleanup(func() { cancel(); <-done })
	go func() {
		defer close(done)
		for {
			wait, err := oneSession(ctx, func() (*websocket.Conn, error) { return n.dial(ctx, client, path) }, addr, d)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				d.note(event{Client: addr.String(), Kind: err.Error()})
				return
			}
			select {
			case <-time.After(wait):
			case <-ctx.Done():
			}
		}
	}()
}

// oneSession subscribes and notes what comes. wait is what the close asks for.
func oneSession(ctx context.Context, dial func() (*websocket.Conn, error), addr netip.Addr, d *diary) (wait time.Duration, err error) {
	c, err := dial()
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.CloseNow() }()
	if err := wsjson.Write(ctx, c, map[string]any{"type": "subscribe", "channel": nginxChannel}); err != nil {
		return 0, err
	}
	for {
		var m struct {
			Type, Epoch string
			Seq         uint64
		}
		err := wsjson.Read(ctx, c, &m)
		if ce := (websocket.CloseError{}); errors.As(err, &ce) {
			d.note(event{Client: addr.String(), Kind: "close", Code: int(ce.Code), Reason: ce.Reason})
			found := retryAfter.FindStringSubmatch(ce.Reason)
			if found == nil {
				return 0, fmt.Errorf("no hint in %q", ce.Reason)
			}
			ms, err := strconv.Atoi(found[1])
			return time.Duration(ms) * time.Millisecond, err
		}
		if err != nil {
			return 0, err
		}
		d.note(event{Client: addr.String(), Kind: m.Type, Epoch: m.Epoch, Seq: m.Seq})
	}
}

// nodeSubscribers runs clients of Node's ws, all in one process, until the test ends.
func nodeSubscribers(t *testing.T, n *nginx, path string, addrs []netip.Addr, d *diary) {
	t.Helper()
	args := []string{"node_feed.mjs", n.host, n.ca, "wss://" + net.JoinHostPort(site, n.port) + path, nginxChannel}
	for _, a := range addrs {
		args = append(args, a.String())
	}
	cmd := exec.Command("node", args...)
	cmd.Stderr = t.Output()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			var e event
			if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
				e.Kind = strings.TrimSpace(sc.Text())
			}
			d.note(e)
		}
	}()
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		<-done
		if err := cmd.Wait(); err != nil {
			t.Errorf("node_feed.mjs: %v", err)
		}
	})
}

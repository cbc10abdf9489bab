//go:build unix

package engine_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/engine"
)

// Whichever way a connection comes to its loop, it is the same afterwards: compression is negotiated and works in both
// directions, with messages that are inflated on the loop and apart from it.
func TestEveryWayIn(t *testing.T) {
	t.Parallel()
	compressed := func(c engine.Config) engine.Config {
		c.Compression = engine.Compression{Enabled: true, Threshold: -1, ServerContextTakeover: true, ClientContextTakeover: true}
		return c
	}
	for name, start := range map[string]func(t *testing.T) (addr net.Addr, stats func() engine.Stats){
		"accepted": func(t *testing.T) (net.Addr, func() engine.Stats) {
			s := serve(t, compressed(quickly()), echo())
			return s.addr, s.Stats
		},
		"TLS": func(t *testing.T) (net.Addr, func() engine.Stats) {
			s := serve(t, compressed(secure()), echo())
			return s.addr, s.Stats
		},
		"decided about on a worker": func(t *testing.T) (net.Addr, func() engine.Stats) {
			h := echo()
			h.Upgrade = func(*http.Request) (engine.Accept, error) { return engine.Accept{}, nil }
			s := serve(t, compressed(slowly()), h)
			return s.addr, s.Stats
		},
		"adopted": func(t *testing.T) (net.Addr, func() engine.Stats) {
			a := adopt(t, compressed(quickly()), echo(), nil, nil)
			return a.addr, a.Stats
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, stats := start(t)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			tr := &http.Transport{TLSClientConfig: trusting(tls.VersionTLS13)}
			url := "ws://"
			if name == "TLS" {
				url = "wss://"
			}
			c, r, err := websocket.Dial(ctx, url+addr.String()+"/", &websocket.DialOptions{
				HTTPClient: &http.Client{Transport: tr}, CompressionMode: websocket.CompressionContextTakeover})
			if err != nil {
				t.Fatal(err)
			}
			defer c.CloseNow()
			if r.Header.Get("Sec-WebSocket-Extensions") == "" {
				t.Error("no compression was agreed on")
			}
			c.SetReadLimit(-1)
			for _, n := range []int{0, 10, 1000, 100_000, 1 << 20} {
				sent := bytes.Repeat([]byte("abcdefgh"), n/8)
				if err := c.Write(ctx, websocket.MessageText, sent); err != nil {
					t.Fatal(err)
				}
				if _, got, err := c.Read(ctx); err != nil || !bytes.Equal(got, sent) {
					t.Fatalf("%d bytes sent, %d came, %v", len(sent), len(got), err)
				}
			}
			if st := stats(); st.Inflations == 0 || st.Deflations == 0 {
				t.Errorf("%d inflations, %d deflations", st.Inflations, st.Deflations)
			}
			_ = c.Close(websocket.StatusNormalClosure, "")
			for end := time.Now().Add(patience); stats().Open > 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
		})
	}
}

//go:build unix

package engine_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Everything that a connection without TLS can do.
func TestTLSEcho(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		h, ended := closes(echo())
		seen := make(chan *tls.ConnectionState, 2)
		h.Upgrade = func(r *http.Request) (engine.Accept, error) { seen <- r.TLS; return chooseFirst(r) }
		h.Open = func(c *engine.Conn) { seen <- c.TLS() }
		s := serve(t, secure(), h)
		tap := &tapped{Conn: connect(t, s.addr).Conn}
		c := secureOver(t, tap, trusting(version))
		c.request("Sec-WebSocket-Protocol: v1", "Origin: https://server.example.com")
		if r := c.response(http.MethodGet); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		for range 2 {
			if cs := wait(t, "the state", seen); cs == nil || cs.Version != version || cs.ServerName != "server.example.com" {
				t.Errorf("TLS state is %+v", cs)
			}
		}
		for _, n := range []int{0, 1, 125, 126, 1000, 16 << 10, 65535, 65536, 1 << 20} {
			msg := strings.Repeat("m", n)
			c.say(frame.OpText, msg)
			c.expect(frame.OpText, msg)
		}
		c.say(frame.OpPing, "?")
		c.expect(frame.OpPong, "?")
		c.bytes(string(masked(frame.OpClose, []byte("\x03\xe8"))))
		c.expectClose(frame.StatusNormal)
		c.expectEOF()
		if !tap.endsWithAlert(version) {
			t.Error("the end came without close_notify")
		}
		_ = c.Close()
		if ce := wait(t, "Close", ended); ce.Code != frame.StatusNormal || !ce.Remote {
			t.Errorf("closed with %v", ce)
		}
		eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
		if n := s.Stats().TLSErrors; n != 0 {
			t.Errorf("%d TLS errors", n)
		}
	})
}

// Without TLS there is no state to tell.
func TestTLSStateOfAPlainConnection(t *testing.T) {
	t.Parallel()
	seen := make(chan bool, 2)
	s := serve(t, quickly(), engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) { seen <- r.TLS == nil; return engine.Accept{}, nil },
		Open:    func(c *engine.Conn) { seen <- c.TLS() == nil },
	})
	dialWS(t, s.addr)
	for range 2 {
		if !<-seen {
			t.Error("a plain connection has TLS state")
		}
	}
}

// Records that arrive in pieces, one byte at a time first of all.
func TestTLSPartialRecords(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		s := serve(t, secure(), echo())
		for _, size := range []int{1, 3, 7, 100, 1500} {
			n := 2000 * size
			c := secureOver(t, minced{connect(t, s.addr).Conn, size}, trusting(version))
			c.request()
			if r := c.response("GET"); r.StatusCode != 101 {
				t.Fatal(r.Status)
			}
			msg := strings.Repeat("x", min(n, 300_000))
			c.say(frame.OpText, msg)
			c.say(frame.OpText, "behind")
			c.expect(frame.OpText, msg)
			c.expect(frame.OpText, "behind")
		}
	})
}

// What comes in the same segment as the end of the TLS handshake: crypto/tls has read it before a loop has the
// connection, and no readiness will tell of it.
func TestTLSBytesBehindTheHandshake(t *testing.T) {
	t.Parallel()
	s := serve(t, secure(), web(echo()))
	for _, behind := range []string{
		plainRequest + "\r\n",
		plainRequest + "\r\n" + string(masked(frame.OpText, []byte("early"))),
		plainRequest + "\r\n" + string(masked(frame.OpText, bytes.Repeat([]byte("e"), 50_000))) + string(masked(frame.OpText, []byte("early"))),
		"GET / HTTP/1.1\r\nHost: server.example.com\r\n\r\n" + plainRequest + "\r\n" + string(masked(frame.OpText, []byte("early"))),
	} {
		cork := &corked{Conn: connect(t, s.addr).Conn}
		c := secureOver(t, cork, trusting(tls.VersionTLS13)) // whose client has the last word
		c.bytes(behind)
		if err := cork.pull(); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(behind, "GET / ") {
			_, _ = io.Copy(io.Discard, c.response("GET").Body)
		}
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		if strings.HasSuffix(behind, string(masked(frame.OpText, []byte("early")))) {
			if op, p, err := c.next(); err == nil && len(p) == 50_000 {
				c.expect(frame.OpText, "early")
			} else if err != nil || op != frame.OpText || string(p) != "early" {
				t.Fatalf("%s %.20q %v", op, p, err)
			}
		}
		c.say(frame.OpText, "late")
		c.expect(frame.OpText, "late")
	}
}

// Requests that are no handshakes reach Handler.HTTP over TLS too, on one kept connection; and the connection can
// still become a WebSocket, with TLS as it is.
func TestTLSHandOver(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		h := web(echo())
		next := h.HTTP
		h.HTTP = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.TLS == nil || r.TLS.Version != version || r.TLS.ServerName != "server.example.com" {
				t.Errorf("TLS state is %+v", r.TLS)
			}
			next.ServeHTTP(w, r)
		})
		s := serve(t, secure(), h)
		c := secureConnect(t, s.addr, trusting(version))
		body := bytes.Repeat([]byte("0123456789abcdef"), 3<<20/16)
		for i := range 3 {
			c.bytes(fmt.Sprintf("PUT /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", i, len(body), body))
			r := c.response("PUT")
			if got, err := io.ReadAll(r.Body); err != nil || string(got) != told(fmt.Sprintf("PUT /%d HTTP/1.1", i), body) {
				t.Fatalf("%s %q %v", r.Status, got, err)
			}
		}
		if st := s.Stats(); st.HandedOver != 1 || st.HTTPConns != 1 {
			t.Errorf("handed over %d, with net/http %d; want 1 and 1", st.HandedOver, st.HTTPConns)
		}
		big := strings.Repeat("z", 100_000)
		c.bytes(plainRequest + "\r\n" + string(masked(frame.OpText, []byte(big))) + string(masked(frame.OpText, []byte("early"))))
		if r := c.response("GET"); r.StatusCode != 101 {
			t.Fatal(r.Status)
		}
		c.expect(frame.OpText, big)
		c.expect(frame.OpText, "early")
		c.say(frame.OpText, "late")
		c.expect(frame.OpText, "late")
		if st := s.Stats(); st.Open != 1 || st.HTTPConns != 0 || engine.Admitted(s.Engine) != 1 {
			t.Errorf("open %d, with net/http %d, counted %d; want 1, 0 and 1", st.Open, st.HTTPConns, engine.Admitted(s.Engine))
		}
		_ = c.Close()
		eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
	})
}

// A client of the standard library, which would speak HTTP/2 if it could.
func TestTLSHTTPClient(t *testing.T) {
	t.Parallel()
	s := serve(t, secure(), web(echo()))
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool(testCert()), ServerName: "server.example.com"}, ForceAttemptHTTP2: true}
	defer tr.CloseIdleConnections()
	for range 3 {
		r, err := (&http.Client{Transport: tr}).Get("https://" + s.addr.String() + "/x")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if string(body) != told("GET /x HTTP/1.1", nil) {
			t.Fatalf("%s %q", r.Status, body)
		}
	}
	if n := s.Stats().HandedOver; n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// Client certificates: without one there is no handshake, with one the application sees whose it is.
func TestTLSClientCertificates(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		ca := makeCert("client")
		cfg := secure()
		cfg.TLS.Config.ClientAuth, cfg.TLS.Config.ClientCAs = tls.RequireAndVerifyClientCert, pool(ca)
		h := echo()
		h.Upgrade = func(r *http.Request) (engine.Accept, error) {
			return engine.Accept{User: r.TLS.PeerCertificates[0].Subject.CommonName}, nil
		}
		h.Open = func(c *engine.Conn) { c.Send(frame.OpText, []byte("hello "+c.User().(string))) }
		s := serve(t, cfg, h)
		with := trusting(version)
		with.Certificates = []tls.Certificate{ca}
		dialWSS(t, s.addr, with).expect(frame.OpText, "hello client")
		without := tls.Client(connect(t, s.addr).Conn, trusting(version))
		_, err := without.Read(make([]byte, 1))                           // TLS 1.3 tells the client only now
		if err == nil || !strings.Contains(err.Error(), "remote error") { // 1.2 has no alert that says why
			t.Errorf("without a certificate: %v", err)
		}
	})
}

// Which certificate is shown can depend on the name that is asked for, and on the time.
func TestTLSServerNames(t *testing.T) {
	t.Parallel()
	other := makeCert("other.example.com")
	cfg := secure()
	cfg.TLS.Config = &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
		c := testCert()
		if h.ServerName == "other.example.com" {
			c = other
		}
		return &c, nil
	}}
	s := serve(t, cfg, echo())
	dialWSS(t, s.addr, trusting(tls.VersionTLS13))
	dialWSS(t, s.addr, &tls.Config{RootCAs: pool(other), ServerName: "other.example.com"})
}

// TLS on a unix socket, and plain addresses beside TLS ones.
func TestTLSAddresses(t *testing.T) {
	t.Parallel()
	cfg := secure()
	path := filepath.Join(t.TempDir(), "w.sock")
	cfg.Addrs = []string{"tls:unix:" + path, "127.0.0.1:0", "tls:127.0.0.1:0"}
	s := serve(t, cfg, echo())
	as := s.Addrs()
	if as[0].Network() != "unix" || as[0].String() != path {
		t.Fatalf("addresses %v", as)
	}
	for _, c := range []*rawClient{dialWSS(t, as[0], trusting(tls.VersionTLS13)), dialWS(t, as[1]), dialWSS(t, as[2], trusting(tls.VersionTLS12))} {
		c.say(frame.OpText, "hello")
		c.expect(frame.OpText, "hello")
	}
}

// Sessions are resumed, and a resumed one works like the first.
func TestTLSResumption(t *testing.T) {
	t.Parallel()
	versions(t, func(t *testing.T, version uint16) {
		s := serve(t, secure(), echo())
		cfg := trusting(version)
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		for i := range 3 {
			c := dialWSS(t, s.addr, cfg)
			if resumed := c.Conn.(*tls.Conn).ConnectionState().DidResume; resumed != (i > 0) {
				t.Errorf("connection %d: resumed %t", i, resumed)
			}
			c.say(frame.OpText, "hello")
			c.expect(frame.OpText, "hello")
			_ = c.Close()
		}
	})
}

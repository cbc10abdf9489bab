package clients

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"

	"github.com/weir-ws/weir/engine/exam"
)

type issued struct{ cert, key string }

// issue writes a certificate that signs itself, and its key.
func issue(t *testing.T, dir, name string) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	c := issued{filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")}
	for path, b := range map[string]*pem.Block{c.cert: {Type: "CERTIFICATE", Bytes: der}, c.key: {Type: "PRIVATE KEY", Bytes: k}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// shown is the name in the certificate that a server shows now.
func shown(t *testing.T, wss string) string {
	t.Helper()
	u, err := url.Parse(wss)
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.Dial("tcp", u.Host, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// A certificate is renewed under a subscriber: SIGHUP brings it at once, half of it changes nothing, and the
// subscriber does not notice.
func TestCertificateReload(t *testing.T) {
	dir := t.TempDir()
	c := issue(t, dir, "one.example")
	feed, process := startProcess(t, build(t), "serve", "--listen", "tls:127.0.0.1:0", "--tls-cert", c.cert, "--tls-key", c.key)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tr := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	ws, _, err := websocket.Dial(ctx, feed, &websocket.DialOptions{HTTPClient: &http.Client{Transport: tr}})
	if err != nil {
		t.Fatal(err)
	}
	defer ws.CloseNow()
	if err := wsjson.Write(ctx, ws, map[string]any{"type": "subscribe", "channel": "ethusdt@trade"}); err != nil {
		t.Fatal(err)
	}
	next := func() {
		t.Helper()
		var m struct{ Type string }
		if err := wsjson.Read(ctx, ws, &m); err != nil || m.Type != "message" && m.Type != "subscribed" {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	becomes := func(name string) {
		t.Helper()
		if err := process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		for shown(t, feed) != name {
			if ctx.Err() != nil {
				t.Fatalf("it shows %s, want %s", shown(t, feed), name)
			}
			time.Sleep(10 * time.Millisecond)
		}
		next()
	}
	next()
	becomes("one.example")
	issue(t, dir, "two.example")
	becomes("two.example")
	if err := os.WriteFile(c.key, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	becomes("two.example")
	issue(t, dir, "three.example") // noticed without a signal
	for shown(t, feed) != "three.example" {
		if ctx.Err() != nil {
			t.Fatal("the new certificate was not noticed")
		}
		time.Sleep(100 * time.Millisecond)
	}
	next()
}

// TestConformanceOverTLS sits the exam through TLS, which a proxy in the test takes off: every case comes to the engine by
// way of crypto/tls. Messages of more than 4 MiB are only more of the same records; TestConformance has them.
func TestConformanceOverTLS(t *testing.T) {
	if testing.Short() {
		t.Skip("the exam has thousands of cases")
	}
	c := issue(t, t.TempDir(), "one.example")
	wss := start(t, build(t), "echo", "--listen", "tls:127.0.0.1:0", "--tls-cert", c.cert, "--tls-key", c.key)
	exam.Test(t, exam.Target{URL: takeOffTLS(t, wss)}, exam.Options{MaxMessage: 4 << 20})
}

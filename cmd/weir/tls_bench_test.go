package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// selfSigned writes a certificate for server.example.com that key has signed, and the key.
func selfSigned(t testing.TB, cert, keyFile string, key crypto.Signer) {
	t.Helper()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "server.example.com"}, DNSNames: []string{"server.example.com"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for path, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: k}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func ellipticKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// BenchmarkTLSHandshake measures what a handshake costs the server, from accept to the close behind it: the CPU time of a process of
// its own, as the kernel accounts for it. A resumed one brings a ticket from an earlier connection.
func BenchmarkTLSHandshake(b *testing.B) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	for _, key := range []struct {
		name string
		key  crypto.Signer
	}{{"P256", ellipticKey(b)}, {"RSA2048", rsaKey}} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			for _, resumed := range []bool{false, true} {
				name := key.name + "/" + strings.ReplaceAll(tls.VersionName(version), " ", "")
				if resumed {
					name += "/resumed"
				}
				b.Run(name, func(b *testing.B) { benchmarkTLS(b, key.key, version, resumed) })
			}
		}
	}
}

func benchmarkTLS(b *testing.B, key crypto.Signer, version uint16, resumed bool) {
	cert, keyFile := filepath.Join(b.TempDir(), "crt"), filepath.Join(b.TempDir(), "key")
	selfSigned(b, cert, keyFile, key)
	p := startWeir(b, nil, "--symbols", "0", "--publish-to", "none", "--publish-open", "--listen", "tls:127.0.0.1:0", "--tls-cert", cert, "--tls-key", keyFile)
	u, err := url.Parse(p.url)
	if err != nil {
		b.Fatal(err)
	}
	cfg := &tls.Config{InsecureSkipVerify: true, ServerName: "server.example.com", MinVersion: version, MaxVersion: version}
	if resumed {
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	}
	request := []byte("GET /feed HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n")
	once := func() {
		c, err := tls.Dial("tcp", u.Host, cfg)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Write(request); err != nil { // a key that is none: 400, and the end
			b.Fatal(err)
		}
		if p, err := io.ReadAll(c); err != nil || len(p) == 0 { // with it, the ticket of TLS 1.3
			b.Fatalf("%d bytes, %v", len(p), err)
		}
		_ = c.Close()
	}
	once()
	before := cpuOf(b, p.cmd.Process.Pid)
	for b.Loop() {
		once()
	}
	b.ReportMetric(float64((cpuOf(b, p.cmd.Process.Pid)-before).Microseconds())/float64(b.N), "server-us/op")
}

// cpuOf is the CPU time of a process, to ten milliseconds (proc_pid_stat(5): utime and stime, in ticks of a hundredth).
func cpuOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Skip("there is no /proc: ", err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

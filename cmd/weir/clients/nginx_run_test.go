package clients

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

// site is the name that the file has for the server, and that the certificate is for.
const site = "feed.example.com"

// nginx is one that runs in front of two servers, with docs/deploy/nginx/weir.conf.
type nginx struct {
	host string // "127.0.0.10:PORT"
	pid  int    // of the master
	port string
	ca   string // file: its certificate

	mu  sync.Mutex
	log bytes.Buffer // of errors
}

// nginxPath finds nginx, which Debian keeps where only root looks.
func nginxPath() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// main is what a distribution's nginx.conf has around the file. %[1]s is a directory.
const nginxMain = `daemon off;
pid %[1]s/pid;
error_log stderr warn;
worker_processes 2;
events { worker_connections 512; }
http {
	client_body_temp_path %[1]s/body;
	proxy_temp_path %[1]s/proxy;
	fastcgi_temp_path %[1]s/fastcgi;
	scgi_temp_path %[1]s/scgi;
	uwsgi_temp_path %[1]s/uwsgi;
	include %[1]s/weir.conf;
}
`

// startNginx runs nginx in the foreground, in a directory of its own, until the test ends. What the file of docs/deploy names that is
// not here (addresses, paths) is replaced; nothing else is.
func startNginx(t *testing.T, a, b string) *nginx {
	t.Helper()
	dir := t.TempDir()
	n := &nginx{host: freeAddr(t, "127.0.0.10"), ca: filepath.Join(dir, "cert.pem")}
	_, n.port, _ = net.SplitHostPort(n.host)
	key := filepath.Join(dir, "key.pem")
	command(t, "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
		"-subj", "/CN="+site, "-addext", "subjectAltName=DNS:"+site, "-keyout", key, "-out", n.ca)

	raw, err := os.ReadFile("../../../docs/deploy/nginx/weir.conf")
	if err != nil {
		t.Fatal(err)
	}
	conf := string(raw)
	for _, r := range []struct {
		times     int
		old, here string
	}{
		{1, "listen 443 ssl;", "listen " + n.host + " ssl;"},
		{2, "server 10.0.0.11:8080 ", "server " + a + " "},
		{2, "server 10.0.0.12:8080 ", "server " + b + " "},
		{1, "/etc/ssl/weir/fullchain.pem", n.ca},
		{1, "/etc/ssl/weir/privkey.pem", key},
		{1, "/var/log/nginx/weir.log", filepath.Join(dir, "access.log")},
	} {
		if got := strings.Count(conf, r.old); got != r.times {
			t.Fatalf("weir.conf has %q %d times, want %d", r.old, got, r.times)
		}
		conf = strings.ReplaceAll(conf, r.old, r.here)
	}
	for name, text := range map[string]string{"weir.conf": conf, "nginx.conf": fmt.Sprintf(nginxMain, dir)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-e", "stderr", "-p", dir, "-c", filepath.Join(dir, "nginx.conf")}
	command(t, nginxPath(), append([]string{"-t"}, args...)...)

	cmd := exec.Command(nginxPath(), args...)
	cmd.Stderr = n
	testkit.NoOrphan(cmd, syscall.SIGTERM) // its workers end with it
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	n.pid = cmd.Process.Pid
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // its workers end with it
		if err := <-ended; err != nil {
			t.Errorf("nginx: %v\n%s", err, n.errors())
		}
		if t.Failed() {
			access, _ := os.ReadFile(filepath.Join(dir, "access.log"))
			t.Logf("nginx says\n%s\nand of requests\n%s", n.errors(), access)
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", n.host)
		if err == nil {
			_ = c.Close()
			return n
		}
		if time.Now().After(end) {
			t.Fatalf("nginx does not listen: %v\n%s", err, n.errors())
		}
	}
}

// Write implements io.Writer.
func (n *nginx) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.Write(p)
}

func (n *nginx) errors() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log.String()
}

// check fails if nginx had trouble other than with a server that was not there.
func (n *nginx) check(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(n.errors()) {
		if !strings.Contains(line, "connect() failed (111: Connection refused) while connecting to upstream") &&
			!strings.Contains(line, "upstream server temporarily disabled while connecting to upstream") {
			t.Errorf("nginx says %s", line)
		}
	}
}

// freeAddr returns an address at ip that nobody listens on.
func freeAddr(t *testing.T, ip string) string {
	t.Helper()
	ln, err := net.Listen("tcp", ip+":0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// command runs a program that must succeed, and returns what it says.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

package clients

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

const patience = 3 * time.Minute // a browser's first start on a loaded machine; nothing here judges speed

// need skips the test where a client is not installed, or fails it where all are required.
func need(t *testing.T, what string, there bool) {
	t.Helper()
	if there {
		return
	}
	if os.Getenv("REQUIRE_CLIENTS") == "required" {
		t.Fatalf("%s is not installed; `make client-deps` and your package manager install the clients", what)
	}
	t.Skipf("%s is not installed; see `make client-deps`", what)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func inPath(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

// build compiles the binary once per test that needs it; the build cache makes the next ones cheap.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "weir")
	out, err := exec.Command("go", "build", "-o", bin, "github.com/weir-ws/weir/cmd/weir").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

var listening = regexp.MustCompile(`listening on (wss?://\S+)`)

// start runs the binary and returns the URL it prints. It is interrupted, and must exit with 0, when the test ends.
func start(t *testing.T, bin string, args ...string) string {
	t.Helper()
	url, _ := startProcess(t, bin, args...)
	return url
}

// startProcess is start for tests that send signals.
func startProcess(t *testing.T, bin string, args ...string) (string, *os.Process) {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Stderr = os.Stderr
	testkit.NoOrphan(cmd, syscall.SIGKILL)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	url := make(chan string, 1)
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for sc := bufio.NewScanner(out); sc.Scan(); {
			if m := listening.FindStringSubmatch(sc.Text()); m != nil {
				select {
				case url <- m[1]:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		<-drained
		if err := cmd.Wait(); err != nil {
			t.Errorf("weir %s: %v", args[0], err)
		}
	})
	select {
	case u := <-url:
		return u, cmd.Process
	case <-drained:
		t.Fatalf("weir %s ended without saying where it listens", args[0])
	}
	return "", nil
}

// servers starts an echo server and a feed that any page's origin may use.
func servers(t *testing.T) (echo, feed string) {
	bin := build(t)
	return start(t, bin, "echo", "--listen", "127.0.0.1:0"),
		start(t, bin, "serve", "--listen", "127.0.0.1:0", "--origins", "*")
}

// secureServers is servers with TLS, and a certificate that signs itself.
func secureServers(t *testing.T) (echo, feed string) {
	bin, c := build(t), issue(t, t.TempDir(), "one.example")
	tls := []string{"--listen", "tls:127.0.0.1:0", "--tls-cert", c.cert, "--tls-key", c.key}
	return start(t, bin, append([]string{"echo"}, tls...)...), start(t, bin, append([]string{"serve", "--origins", "*"}, tls...)...)
}

func runScript(t *testing.T, wants []string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, "node", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("node %s: %v\n%s", args[0], err, out)
	}
	for _, w := range wants {
		if !strings.Contains(string(out), w) {
			t.Errorf("node %s did not say %q:\n%s", args[0], w, out)
		}
	}
}

func TestNodeWS(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	echo, feed := servers(t)
	runScript(t, []string{"echo ok", "invalid ok", "feed ok"}, "node_ws.mjs", echo, feed, "btcusdt@trade")
}

func TestNodeWSCompressed(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	bin := build(t)
	echo := start(t, bin, "echo", "--compress", "--listen", "127.0.0.1:0")
	feed := start(t, bin, "serve", "--compress", "--compress-threshold", "100", "--listen", "127.0.0.1:0", "--origins", "*")
	runScript(t, []string{"compressed echo ok", "compressed feed ok"}, "node_ws_deflate.mjs", echo, feed, "btcusdt@bookTicker")
}

func TestNodeWSOverTLS(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	echo, feed := secureServers(t)
	runScript(t, []string{"echo ok", "invalid ok", "feed ok"}, "node_ws.mjs", echo, feed, "btcusdt@trade")
}

func TestNodeWSCompressedOverTLS(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	bin, c := build(t), issue(t, t.TempDir(), "one.example")
	tls := []string{"--compress", "--listen", "tls:127.0.0.1:0", "--tls-cert", c.cert, "--tls-key", c.key}
	echo := start(t, bin, append([]string{"echo"}, tls...)...)
	feed := start(t, bin, append([]string{"serve", "--compress-threshold", "100", "--origins", "*", "--admin", "off"}, tls...)...)
	runScript(t, []string{"compressed echo ok", "compressed feed ok"}, "node_ws_deflate.mjs", echo, feed, "btcusdt@bookTicker")
}

func TestChromiumOverTLS(t *testing.T) {
	needChromium(t)
	echo, feed := secureServers(t)
	runScript(t, []string{"browser ok"}, "browser.mjs", echo, feed, "btcusdt@bookTicker")
}

func TestChromium(t *testing.T) {
	needChromium(t)
	echo, feed := servers(t)
	runScript(t, []string{"browser ok"}, "browser.mjs", echo, feed, "btcusdt@bookTicker")
}

func needChromium(t *testing.T) {
	t.Helper()
	need(t, "node", inPath("node"))
	need(t, "npm package playwright-core", exists("node_modules/playwright-core"))
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	need(t, "chromium", exists(chromium))
}

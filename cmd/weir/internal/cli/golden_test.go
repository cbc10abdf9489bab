package cli_test

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What people see is reviewed as it stands: testdata/NAME.txt has the command, its exit code and all it says.
func TestGolden(t *testing.T) {
	bad := filepath.Join("testdata", "bad.yaml")
	for _, c := range []struct {
		name string
		env  []string
		args []string
	}{
		{name: "help", args: nil},
		{name: "help-flag", args: []string{"--help"}},
		{name: "help-serve", args: []string{"serve", "--help"}},
		{name: "help-tail", args: []string{"help", "tail"}},
		{name: "help-echo", args: []string{"echo", "--help"}},
		{name: "help-check", args: []string{"check", "--help"}},
		{name: "help-version", args: []string{"version", "--help"}},

		{name: "check", args: []string{"check"}},
		{name: "check-print", env: []string{"WEIR_MAX_CONNS=1000"}, args: []string{"check", "--print", "--replay", "day.gz", "--speed", "max"}},
		{name: "check-bad", env: []string{"WEIR_MAX_CONN=5", "WEIR_PING_AFTER=30"}, args: []string{"check", bad, "--high-watermark", "64KB"}},
		{name: "check-two-files", args: []string{"check", "a.yaml", "b.yaml"}},
		{name: "check-file-twice", args: []string{"check", "a.yaml", "--config", "b.yaml"}},
		{name: "check-no-file", args: []string{"check", "nowhere.yaml"}},

		{name: "err-command", args: []string{"sreve"}},
		{name: "err-command-far", args: []string{"frobnicate"}},
		{name: "err-flag", args: []string{"serve", "--replya", "x"}},
		{name: "err-flag-far", args: []string{"serve", "--frobnicate"}},
		{name: "err-flag-short", args: []string{"serve", "-p", "80"}},
		{name: "err-flag-value", args: []string{"serve", "--replay"}},
		{name: "err-argument", args: []string{"serve", "day.gz"}},
		{name: "err-serve-config", args: []string{"serve", "--config", bad}},
		{name: "err-serve-replay", args: []string{"serve", "--replay", "nowhere.gz"}},
		{name: "err-serve-listen", args: []string{"serve", "--listen", "127.0.0.1:99999"}},
		{name: "err-serve-tls", args: []string{"serve", "--listen", "tls::8443"}},
		{name: "err-serve-tls-files", args: []string{"serve", "--listen", "tls::8443", "--tls-cert", "nowhere.pem", "--tls-key", "nowhere.key"}},
		{name: "err-serve-tls-alone", args: []string{"serve", "--tls-cert", "nowhere.pem"}},
		{name: "err-echo-tls", args: []string{"echo", "--listen", "tls::8443"}},
		{name: "err-echo-listen", args: []string{"echo", "--listen", ""}},
		{name: "err-tail", args: []string{"tail"}},
		{name: "err-tail-channel", args: []string{"tail", "127.0.0.1:8080"}},
		{name: "err-tail-url", args: []string{"tail", "ftp://x", "c"}},
		{name: "err-tail-json-stats", args: []string{"tail", "127.0.0.1:1", "c", "--json", "--stats"}},
		{name: "err-tail-for", args: []string{"tail", "127.0.0.1:1", "c", "--for", "0s"}},
		{name: "err-tail-for-unit", args: []string{"tail", "127.0.0.1:1", "c", "--for", "10"}},
		{name: "err-tail-stats", args: []string{"tail", "127.0.0.1:1", "c", "--stats=maybe"}},
		{name: "err-tail-tokens", args: []string{"tail", "127.0.0.1:1", "c", "--token", "s3cret", "--token-file", "x"}},
		{name: "err-tail-token", env: []string{"WEIR_TOKEN=two words"}, args: []string{"tail", "127.0.0.1:1", "c"}},
		{name: "err-tail-token-file", args: []string{"tail", "127.0.0.1:1", "c", "--token-file", "nowhere"}},
		{name: "err-serve-publish", args: []string{"serve", "--publish-to", "*"}},
		{name: "check-auth", args: []string{"check", "--auth-tokens", filepath.Join("testdata", "tokens.txt"), "--auth-issuer", "x"}},
		{name: "check-auth-print", args: []string{"check", "--print", "--auth-keys", filepath.Join("testdata", "jwks.json"), "--publish-to", "news,orders/*"}},
		{name: "err-tail-count", args: []string{"tail", "127.0.0.1:1", "c", "--count", "many"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errs := execute(t, c.env, c.args...)
			var b strings.Builder
			fmt.Fprintf(&b, "$ %s\n", strings.Join(append(append(c.env, "weir"), c.args...), " "))
			b.WriteString(out)
			if errs != "" {
				fmt.Fprintf(&b, "--- stderr\n%s", errs)
			}
			fmt.Fprintf(&b, "--- exit code %d\n", code)
			testkit.Golden(t, filepath.Join("testdata", c.name+".txt"), b.String(), *update)
		})
	}
}

package config

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/weir-ws/weir/engine"
)

// flags parses a command line as the commands do.
func flags(t *testing.T, args ...string) *pflag.FlagSet {
	t.Helper()
	fs := pflag.NewFlagSet("test", pflag.ContinueOnError)
	fs.String("config", "", "")
	for _, g := range Groups() {
		fs.AddFlagSet(FlagSet(g.Name))
	}
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return fs
}

// write makes a configuration file.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPrecedence(t *testing.T) {
	file := write(t, "weir.yaml", "limits:\n  max-conns: 10\n  max-channels: 11\n  conn-rate: 12\n  conn-burst: 13\n")
	c, err := Load(file, []string{"WEIR_MAX_CHANNELS=21", "WEIR_CONN_RATE=22", "PATH=/bin"}, flags(t, "--conn-rate", "32"))
	if err != nil {
		t.Fatal(err)
	}
	l := c.Limits
	if l.MaxConns != 10 || l.MaxChannels != 21 || l.ConnRate != 32 || l.ConnBurst != 13 || l.MaxMessage != 1<<20 {
		t.Errorf("limits are %+v", l)
	}
	for key, want := range map[string]string{
		"limits.max-conns": file, "limits.max-channels": "WEIR_MAX_CHANNELS", "limits.conn-rate": "--conn-rate",
		"limits.max-message": "default",
	} {
		if got := c.place(key); got != want {
			t.Errorf("%s comes from %s, want %s", key, got, want)
		}
	}
	if c.IsSet("limits.max-message") || !c.IsSet("limits.max-conns") {
		t.Error("IsSet is wrong")
	}
}

func TestFormatsAgree(t *testing.T) {
	yaml := write(t, "a.yaml", `
server:
  listen: ["127.0.0.1:1", "unix:/run/weir"]
  loops: 2
  reuse-port: true
slow: {high-watermark: 128KiB, policy: disconnect, write-timeout: off}
heartbeat:
log: {}
source: {speed: 0.5, replay: "x.gz", min-subscribers: 3}
`)
	toml := write(t, "b.toml", `
[server]
listen = ["127.0.0.1:1", "unix:/run/weir"]
loops = 2
reuse-port = true
[slow]
high-watermark = "128KiB"
policy = "disconnect"
write-timeout = "off"
[source]
speed = 0.5
replay = "x.gz"
min-subscribers = 3
`)
	var printed [2]string
	for i, file := range []string{yaml, toml} {
		c, err := Load(file, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := c.Print(&b); err != nil {
			t.Fatal(err)
		}
		printed[i] = strings.ReplaceAll(b.String(), file, "FILE")
		if !slices.Equal(c.Server.Listen, []string{"127.0.0.1:1", "unix:/run/weir"}) || c.Slow.Policy != engine.PolicyDisconnect ||
			c.Slow.WriteTimeout >= 0 || c.Source.Speed != 0.5 {
			t.Errorf("%s gives %+v", file, c)
		}
	}
	if printed[0] != printed[1] {
		t.Errorf("YAML gives\n%s\nTOML gives\n%s", printed[0], printed[1])
	}
}

func TestListsAndRepeatedFlags(t *testing.T) {
	c, err := Load("", []string{"WEIR_ORIGINS=https://a.example, https://b.example"},
		flags(t, "--listen", "127.0.0.1:1", "--listen", "127.0.0.1:2,127.0.0.1:3"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"}; !slices.Equal(c.Server.Listen, want) {
		t.Errorf("listen is %q, want %q", c.Server.Listen, want)
	}
	if want := []string{"https://a.example", "https://b.example"}; !slices.Equal(c.Server.Origins, want) {
		t.Errorf("origins is %q, want %q", c.Server.Origins, want)
	}
	if e := c.Engine(nil); e.Origins == nil || Default().Engine(nil).Origins != nil {
		t.Error("the engine's Origins must be nil exactly if there are none")
	}
}

func TestConfigFileFromEnvironment(t *testing.T) {
	file := write(t, "weir.yml", "heartbeat: {ping-after: 7s}")
	c, err := Load("", []string{EnvFile + "=" + file}, nil)
	if err != nil || c.Heartbeat.PingAfter != 7*time.Second {
		t.Errorf("ping-after is %v, %v", c.Heartbeat.PingAfter, err)
	}
	if c, err = Load(write(t, "b.yml", "{}"), []string{EnvFile + "=/nowhere.yml"}, nil); err != nil || c.IsSet("heartbeat.ping-after") {
		t.Errorf("--config does not win over the environment: %v", err)
	}
}

// Raising one limit must not force a person to know the others.
func TestDefaultsFollow(t *testing.T) {
	c, err := Load("", nil, flags(t, "--high-watermark", "8KiB", "--ping-after", "2m"))
	if err != nil || c.Slow.LowWatermark != 8<<10 || c.Heartbeat.DeadAfter != 4*time.Minute {
		t.Errorf("low-watermark %d, dead-after %v, %v", c.Slow.LowWatermark, c.Heartbeat.DeadAfter, err)
	}
	c, err = Load("", nil, flags(t, "--high-watermark", "8MiB"))
	if err != nil || c.Slow.HardLimit != 32<<20 || c.Slow.LowWatermark != 16<<10 {
		t.Errorf("hard-limit %d, low-watermark %d, %v", c.Slow.HardLimit, c.Slow.LowWatermark, err)
	}
}

func TestPrintIsReadBack(t *testing.T) {
	for _, args := range [][]string{
		nil,
		{"--seed", "18446744073709551615", "--trade-rate", "0.5"},
		{"--replay", `a "b".gz`, "--speed", "max", "--loop", "--listen", "unix:/x y", "--write-timeout", "off",
			"--dead-after", "90s", "--gogc", "-1", "--conn-rate", "0.5", "--origins", "*", "--high-watermark", "100000"},
	} {
		first, err := Load("", nil, flags(t, args...))
		if err != nil {
			t.Fatal(err)
		}
		var a, b strings.Builder
		if err := first.Print(&a); err != nil {
			t.Fatal(err)
		}
		second, err := Load(write(t, "again.yaml", a.String()), nil, nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, a.String())
		}
		second.from = first.from
		if err := second.Print(&b); err != nil || a.String() != b.String() {
			t.Errorf("%v: printed\n%s\nread back\n%s", err, a.String(), b.String())
		}
	}
}

// reloaded is what c loads to when it is printed.
func reloaded(t *testing.T, c *Config) *Config {
	t.Helper()
	var b bytes.Buffer
	if err := c.Print(&b); err != nil {
		t.Fatal(err)
	}
	again, err := Load(write(t, "again.yaml", b.String()), nil, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	return again
}

package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// Everything that is wrong is said at once, each on a line that names the place and what to do.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		file string // name, a newline, contents
		env  []string
		args []string
		want []string // the lines; FILE is the file's path
	}{
		{name: "unknown keys of a file", file: "a.yaml\nlimits: {max-cons: 5}\nmax-channels: 7\nserver: {listen: {port: 1}}\nfrobnicate: 1\n",
			want: []string{
				"FILE: frobnicate: unknown key; `weir check --print` lists all there are",
				"FILE: limits.max-cons: unknown key; did you mean limits.max-conns?",
				"FILE: max-channels: unknown key; did you mean limits.max-channels?",
				"FILE: server.listen.port: unknown key; server.listen takes a value and has no keys below it",
			}},
		{name: "a key in the wrong group", file: "a.toml\n[server]\nmax-conns = 5\n",
			want: []string{"FILE: server.max-conns: unknown key; did you mean limits.max-conns?"}},
		{name: "a group that is a value", file: "a.yaml\nlimits: 5\n",
			want: []string{"FILE: limits: this is a group, not a value; write its keys below it"}},
		{name: "values of the wrong kind", file: "a.yaml\nlimits: {max-conns: [1, 2], max-channels: , conn-burst: 1.5}\nserver: {loops: {a: 1}, listen: [[1]]}\n",
			want: []string{
				`FILE: limits.conn-burst: "1.5" is not a whole number; write digits only, such as 10`,
				"FILE: limits.max-channels: there is no value; write one, or remove the key",
				"FILE: limits.max-conns: a list; write one value",
				"FILE: server.listen: a list; write one value",
				"FILE: server.loops.a: unknown key; server.loops takes a value and has no keys below it",
			}},
		{name: "unknown variables", env: []string{"WEIR_MAX_CONN=5", "WEIR_FROBNICATE=1", "WEIRD=1"},
			want: []string{
				"WEIR_FROBNICATE: unknown variable; `weir check --print` lists all there are",
				"WEIR_MAX_CONN: unknown variable; did you mean WEIR_MAX_CONNS?",
			}},
		{name: "all places at once", file: "a.yaml\nlog: {level: loud}\n", env: []string{"WEIR_PING_AFTER=30"}, args: []string{"--max-conns", "many"},
			want: []string{
				`FILE: log.level: "loud" is not known; write debug, info, warn or error`,
				"WEIR_PING_AFTER: 30 has no unit; write 30s for seconds or 30ms for milliseconds",
				`--max-conns: "many" is not a whole number; write digits only, such as 10`,
			}},
		{name: "values that contradict each other", file: "a.yaml\nslow: {high-watermark: 1KiB}\n", args: []string{"--low-watermark", "2KiB", "--dead-after", "5s"},
			want: []string{
				"--low-watermark: must not be above slow.high-watermark",
				"--dead-after: must be longer than heartbeat.ping-after, or a healthy idle peer has no time to answer",
			}},
		{name: "replay options and no replay", args: []string{"--speed", "max"}, env: []string{"WEIR_MIN_SUBSCRIBERS=3"},
			want: []string{
				"--speed: this is about a recording, and there is none; add --replay FILE",
				"WEIR_MIN_SUBSCRIBERS: this is about a recording, and there is none; add --replay FILE",
			}},
		{name: "market options and a replay", args: []string{"--replay", "x", "--seed", "3"},
			want: []string{"--seed: this is about the synthetic market, and a recording is played instead; remove it, or source.replay"}},
		{name: "an address for proxies, and no proxies", args: []string{"--proxy-protocol", "--proxy-headers", "X-Real-IP,X-Who"},
			want: []string{
				"--proxy-headers: has X-Who; there are X-Forwarded-For, Forwarded and X-Real-IP",
				"default: proxy.trusted-proxies: names nobody who may connect to proxy:127.0.0.1:8080, where only trusted proxies may",
			}},
		{name: "no address", args: []string{"--listen", ","},
			want: []string{"--listen: no address; write at least one, such as 127.0.0.1:8080"}},
		{name: "a file with a foreign ending", file: "a.json\n{}",
			want: []string{`FILE: a configuration file with the ending ".json"; name it .yaml, .yml or .toml, as what it is`}},
	} {
		path := ""
		if c.file != "" {
			name, text, _ := strings.Cut(c.file, "\n")
			path = write(t, name, text)
		}
		_, err := Load(path, c.env, flags(t, c.args...))
		var got []string
		for _, p := range Problems(err) {
			got = append(got, strings.ReplaceAll(p, path, "FILE"))
		}
		if path == "" {
			got = Problems(err)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: no *Error in %v", c.name, err)
		}
	}
}

// What the parsers say has a line number, and must get through.
func TestSyntaxErrors(t *testing.T) {
	for name, text := range map[string]string{"a.yaml": "limits:\n  max-conns: 1\n  max-conns: 2\n", "b.toml": "[limits]\nmax-conns = \n"} {
		path := write(t, name, text)
		_, err := Load(path, nil, nil)
		p := Problems(err)
		if len(p) != 1 || !strings.HasPrefix(p[0], path+": ") || strings.Contains(p[0], "\n") {
			t.Errorf("%s: %q", name, p)
		}
	}
	if _, err := Load("/nowhere/weir.yaml", nil, nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a file that is not there: %v", err)
	}
}

// What stands in a file for the market may stay there while a replay is asked for on the command line.
func TestMarketOptionsBelowAReplay(t *testing.T) {
	_, err := Load(write(t, "a.yaml", "source: {symbols: 9}"), nil, flags(t, "--replay", "x"))
	if err != nil {
		t.Error(err)
	}
}

func TestKubernetesServiceLinks(t *testing.T) {
	links := []string{
		"WEIR_SERVICE_HOST=10.0.0.11", "WEIR_SERVICE_PORT=8080", "WEIR_SERVICE_PORT_HTTP=8080",
		"WEIR_PORT=tcp://10.0.0.11:8080", "WEIR_PORT_8080_TCP=tcp://10.0.0.11:8080", "WEIR_PORT_8080_TCP_PROTO=tcp",
		"WEIR_PORT_8080_TCP_PORT=8080", "WEIR_PORT_8080_TCP_ADDR=10.0.0.11", "WEIR_FEED_SERVICE_HOST=10.0.0.12",
		"WEIR_FEED_PORT=udp://10.0.0.12:1",
	}
	in := []string{"KUBERNETES_SERVICE_HOST=10.0.0.1"}
	if _, err := Load("", append(in, links...), nil); err != nil {
		t.Errorf("in Kubernetes: %v", err)
	}
	if _, err := Load("", append(in, "WEIR_PORT=8080"), nil); len(Problems(err)) != 1 {
		t.Errorf("WEIR_PORT=8080 is no service link, and the answer was %v", err)
	}
	if _, err := Load("", links, nil); len(Problems(err)) != len(links) {
		t.Errorf("elsewhere: %v", err)
	}
}

func TestNearest(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"limits.max-conns", "limits.max-conns"},
		{"limits.max_conns", "limits.max-conns"},
		{"limits.maxconns", "limits.max-conns"},
		{"limits.mxa-conns", "limits.max-conns"}, // swapped
		{"source.reply", "source.replay"},
		{"Server.Listen", "server.listen"},
		{"max-conns", "limits.max-conns"},
		{"x", ""},
		{"", ""},
		{"completely.different", ""},
	} {
		if got := Nearest(c.in, keys()); got != c.want {
			t.Errorf("Nearest(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"abc", "abc", 0},
		{"abc", "axc", 1}, {"abc", "acb", 1}, {"abc", "bc", 1}, {"ca", "abc", 3}, {"kitten", "sitting", 3},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.b, c.a, got, c.want)
		}
	}
}

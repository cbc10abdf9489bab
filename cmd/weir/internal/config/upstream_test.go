package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

func TestUpstreams(t *testing.T) {
	file := write(t, "weir.yaml", `
source:
  upstream:
    - ws://10.0.0.5:8080/feed
    - url: wss://stream.example.com/stream
      kind: raw
      subscribe: ['{"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}', 'second, with "quotes" and \ too']
      channel: "{s|lower}@trade"
      data: data
      key: data.s
      time: data.E
      time-unit: us
      header: "X-Key: a, b"
      token-file: token.txt
      ping-every: 20s
      ping-timeout: 5s
      ping-text: ping
      pong-text: pong
      silence: 1m
      max-message: 64KiB
      backoff-max: 30s
    - {url: "ws://h/feed?a,b", channels: ["*@trade", "news"], compress: true}
`)
	c, err := Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Source.Upstream) != 3 {
		t.Fatalf("%d upstreams", len(c.Source.Upstream))
	}
	got := c.Source.Upstream[1].Config()
	if got.Check == nil || got.Check("no name") == nil || c.Source.Upstream[1].TokenFile != "token.txt" {
		t.Errorf("names are not checked, or no token: %+v", got)
	}
	got.Check = nil
	want := upstream.Config{
		URL: "wss://stream.example.com/stream", Kind: upstream.Raw,
		Subscribe: []string{`{"method": "SUBSCRIBE", "params": ["btcusdt@trade"], "id": 1}`, `second, with "quotes" and \ too`},
		Header:    map[string][]string{"X-Key": {"a, b"}},
		Map:       upstream.Map{Channel: "{s|lower}@trade", Data: "data", Key: "data.s", Time: "data.E", TimeUnit: time.Microsecond},
		Ping:      upstream.Ping{Every: 20 * time.Second, Timeout: 5 * time.Second, Text: "ping", Pong: "pong", Silence: time.Minute}, MaxMessage: 64 << 10,
	}
	want.Backoff.Cap = 30 * time.Second
	if !reflect.DeepEqual(got, want) {
		t.Errorf("upstream is\n%+v\nwant\n%+v", got, want)
	}
	if got, want := c.Source.Upstream[2].Config(), (upstream.Config{URL: "ws://h/feed?a,b", Channels: []string{"*@trade", "news"}, Compress: true}); !reflect.DeepEqual(got, want) {
		t.Errorf("upstream is\n%+v\nwant\n%+v", got, want)
	}

	again := reloaded(t, c)
	if got, want := (&upstreams{&again.Source.Upstream}).String(), (&upstreams{&c.Source.Upstream}).String(); got != want {
		t.Errorf("printed and loaded: %s, want %s", got, want)
	}
}

func TestUpstreamsFromFlags(t *testing.T) {
	c, err := Load("", nil, flags(t, "--upstream", "ws://a/feed", "--upstream", `ws://b/s kind=raw channel={stream} subscribe="{\"a\": [1, 2]}"`, "--stdin"))
	if err != nil {
		t.Fatal(err)
	}
	if u := c.Source.Upstream; len(u) != 2 || u[1].Config().Subscribe[0] != `{"a": [1, 2]}` || !c.Source.External() {
		t.Errorf("upstreams %+v", u)
	}
	if c.applies("source.symbols") {
		t.Error("there is a market beside the upstreams")
	}
	for want, args := range map[string][]string{
		`"ftp://h": source: URL: "ftp://h" is no WebSocket URL`:                  {"--upstream", "ftp://h"},
		`Map.Channel: must say which channel`:                                    {"--upstream", "ws://h raw"},
		`"rough" is no kind; write weir, raw, or settings`:                       {"--upstream", "ws://h rough"},
		`"speed" is no setting; there are channels, subscribe,`:                  {"--upstream", "ws://h speed=1"},
		`"weir" is no setting; write NAME=VALUE`:                                 {"--upstream", "ws://h weir weir"},
		`data is set twice`:                                                      {"--upstream", "ws://h raw data=a data=b"},
		`time-unit: "h" is not known`:                                            {"--upstream", "ws://h raw time-unit=h"},
		`silence: 0 is no time`:                                                  {"--upstream", "ws://h raw silence=0"},
		`header: write "NAME: VALUE"`:                                            {"--upstream", "ws://h header=x"},
		`a quote without its end`:                                                {"--upstream", `ws://h header="x`},
		`a recording is played, and its channels must be nobody else's`:          {"--upstream", "ws://h", "--replay", "x"},
		`this is about the lines of standard input`:                              {"--stdin-strict"},
		`this is about the synthetic market, and data comes from other programs`: {"--stdin", "--symbols", "3"},
		`this is about a recording, and there is none`:                           {"--stdin", "--loop"},
	} {
		if _, err := Load("", nil, flags(t, args...)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", args, err, want)
		}
	}
	if _, err := Load(write(t, "bad.yaml", "source:\n  upstream: [{kind: raw}]\n"), nil, nil); err == nil || !strings.Contains(err.Error(), "an upstream without url") {
		t.Errorf("no url: %v", err)
	}
}

func FuzzWords(f *testing.F) {
	f.Add("a", "b c", `d"e,\`)
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if strings.ContainsAny(a, " \t\r\n,\"=\\") || a == "" {
			return
		}
		in := []string{"url", a + "=" + b, a + "=" + c}
		words, err := split(joinWords(in), " ")
		if err != nil || len(words) != len(in) {
			t.Fatalf("%q: %q, %v", in, words, err)
		}
		for i := range words {
			if got := unquoted(words[i]); got != in[i] {
				t.Errorf("%q is read as %q", in[i], got)
			}
		}
	})
}

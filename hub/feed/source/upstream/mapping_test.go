package upstream

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

func TestTemplate(t *testing.T) {
	for _, c := range []struct {
		text, msg, want string
		ok              bool
	}{
		{"{stream}", `{"stream":"btcusdt@trade"}`, "btcusdt@trade", true},
		{"{s|lower}@trade", `{"s":"BTCUSDT"}`, "btcusdt@trade", true},
		{"a/{x.0.y|upper}/{n}", `{"x":[{"y":"z"}],"n":1e3}`, "a/Z/1e3", true},
		{"{ok}", `{"ok":true}`, "true", true},
		{"fixed", `{}`, "fixed", true},
		{"{s}", `{}`, "", false},
		{"{s}", `{"s":null}`, "", false},
		{"{s}", `{"s":""}`, "", false},
		{"{s}", `{"s":{}}`, "", false},
		{"{s}", `{"s":[1]}`, "", false},
	} {
		tm, err := parseTemplate(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got, ok := tm.fill([]byte(c.msg)); got != c.want || ok != c.ok {
			t.Errorf("%s of %s is %q, %v", c.text, c.msg, got, ok)
		}
	}
	for text, want := range map[string]string{
		"{s": "without its", "s}": "without its", "{}": "is not a path", "{a..b}": "is not a path", "{a.#}": "is not a path", "{s|title}": "write lower or upper", "{s|}": "write lower",
		"{@this}": "is not a path", "a{b{c}}": "is not a path",
	} {
		if _, err := parseTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

// fixedClock is always at one second and one nanosecond.
type fixedClock struct{ source.Clock }

func (fixedClock) Now() time.Time { return time.Unix(1, 1) }

func TestMapping(t *testing.T) {
	for _, c := range []struct {
		name string
		m    Map
		msg  string
		want source.Event
	}{
		{"Binance's combined streams", Map{Channel: "{stream}", Data: "data", Key: "data.s", Time: "data.E"},
			`{"stream":"btcusdt@trade","data":{"E":1723161254087, "s":"BTCUSDT"}}`,
			source.Event{Channel: "btcusdt@trade", Data: []byte(`{"E":1723161254087, "s":"BTCUSDT"}`), Key: "BTCUSDT", TS: 1723161254087e6}},
		{"a whole message", Map{Channel: "{s|lower}@trade"}, ` {"s":"BTC"} `, source.Event{Channel: "btc@trade", Data: []byte(`{"s":"BTC"}`), TS: 1e9 + 1}},
		{"seconds with a fraction, as a string", Map{Channel: "a", Time: "t", TimeUnit: time.Second}, `{"t":"1.5"}`, source.Event{Channel: "a", Data: []byte(`{"t":"1.5"}`), TS: 15e8}},
		{"nanoseconds are exact", Map{Channel: "a", Data: "t", Time: "t", TimeUnit: time.Nanosecond}, `{"t":1723161254087896569}`, source.Event{Channel: "a", Data: []byte("1723161254087896569"), TS: 1723161254087896569}},
		{"no such time", Map{Channel: "a", Data: "t", Time: "t"}, `{"t":"soon"}`, source.Event{Channel: "a", Data: []byte(`"soon"`), TS: 1e9 + 1}},
		{"a time beyond all", Map{Channel: "a", Data: "t", Time: "t"}, `{"t":9223372036854775807}`, source.Event{Channel: "a", Data: []byte(`9223372036854775807`), TS: 1e9 + 1}},
	} {
		m, err := newMapping(&Config{Map: c.m, Clock: fixedClock{}})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		e, ok, err := m.event([]byte(c.msg))
		if err != nil || !ok || e.Channel != c.want.Channel || string(e.Data) != string(c.want.Data) || e.Key != c.want.Key || e.TS != c.want.TS {
			t.Errorf("%s: %+v (%s), %v, %v", c.name, e, e.Data, ok, err)
		}
	}
	m, err := newMapping(&Config{Map: Map{Channel: "a"}, Clock: fixedClock{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", "pong", `{"a":`, "{\"a\":\"\xff\"}"} {
		if _, _, err := m.event([]byte(bad)); !errors.Is(err, ErrNotJSON) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	raw := Config{URL: "ws://h", Kind: Raw, Map: Map{Channel: "a"}}
	with := func(change func(*Config)) Config { c := raw; change(&c); return c }
	for _, c := range []struct {
		field string
		cfg   Config
	}{
		{"URL", Config{}}, {"URL", Config{URL: "http://h"}},
		{"Map", Config{URL: "ws://h", Map: Map{Channel: "a"}}},
		{"Subscribe", Config{URL: "ws://h", Subscribe: []string{"x"}}},
		{"Ping", Config{URL: "ws://h", Ping: Ping{Text: "x"}}},
		{"Channels", with(func(c *Config) { c.Channels = []string{"a"} })},
		{"Channels", Config{URL: "ws://h", Channels: []string{"a", ""}}}, {"Channels", Config{URL: "ws://h", Channels: []string{"a b"}}},
		{"Channels", Config{URL: "ws://h", Channels: []string{"a", "b*", "a"}}},
		{"Map.Channel", with(func(c *Config) { c.Map.Channel = "" })}, {"Map.Channel", with(func(c *Config) { c.Map.Channel = "{" })},
		{"Map.Data", with(func(c *Config) { c.Map.Data = "a.#" })}, {"Map.Key", with(func(c *Config) { c.Map.Key = "*" })}, {"Map.Time", with(func(c *Config) { c.Map.Time = "." })},
		{"Map.TimeUnit", with(func(c *Config) { c.Map.TimeUnit = time.Hour })},
		{"Ping.Timeout", with(func(c *Config) { c.Ping.Timeout = -1 })}, {"Ping.Silence", with(func(c *Config) { c.Ping.Silence = -1 })}, {"Ping.Pong", with(func(c *Config) { c.Ping.Pong = "x" })},
	} {
		_, err := New(c.cfg)
		var e *source.ConfigError
		if !errors.As(err, &e) || e.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	u, err := New(with(func(c *Config) { c.URL = "wss://user:secret@h/stream?key=secret" }))
	if err != nil || u.String() != "wss://h/stream" {
		t.Errorf("shown as %v, %v", u, err)
	}
}

func FuzzMapping(f *testing.F) {
	f.Add("{s|lower}@trade", "data", `{"s":"A","data":[1, 2]}`)
	f.Add("{stream}", "", "pong")
	f.Fuzz(func(t *testing.T, channel, data, msg string) {
		m, err := newMapping(&Config{Map: Map{Channel: channel, Data: data, Key: data, Time: data}, Clock: fixedClock{}})
		if err != nil {
			return
		}
		e, ok, err := m.event([]byte(msg))
		if err != nil || !ok {
			return
		}
		// What is published must be JSON by itself, or it would break the protocol for every reader.
		if e2, _, err := m.event(e.Data); errors.Is(err, ErrNotJSON) {
			t.Errorf("%q, %q, %q: published %q, %+v", channel, data, msg, e.Data, e2)
		}
	})
}

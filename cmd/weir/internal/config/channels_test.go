package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
)

// plainly is o without its funcs, which cannot be compared.
func plainly(o hub.ChannelOptions) hub.ChannelOptions {
	o.Fold, o.Key = nil, nil
	return o
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		rule string
		want hub.ChannelOptions
		key  string // of {"s":"BTCUSDT"}
		fold bool
	}{
		{"*", hub.ChannelOptions{}, "", false},
		{"* plain", hub.ChannelOptions{}, "", false},
		{"*@trade   trade", hub.Trade(), "", false},
		{"a/* ticker key=s", hub.Ticker(), "BTCUSDT", false},
		{"a book", hub.Book(nil), "", true},
		{"a snapshot=fold", hub.ChannelOptions{Snapshot: hub.SnapshotFold}, "", true},
		{
			"a slow=conflate max-hz=60/min heartbeat=5s retain=off payload=binary", hub.ChannelOptions{
				Slow: hub.SlowConflate, MaxHz: 1, Heartbeat: 5 * time.Second, Retain: -1, Binary: true,
			}, "", false,
		},
		{
			"a history=100 history-bytes=64KiB history-age=2m snapshot=per-key max-keys=7", hub.ChannelOptions{
				History: hub.History{Count: 100, Bytes: 64 << 10, Age: 2 * time.Minute}, Snapshot: hub.SnapshotPerKey, MaxKeys: 7,
			}, "", false,
		},
		{"a trade history=0", hub.ChannelOptions{Slow: hub.SlowLossless, Retain: hub.Trade().Retain}, "", false},
		{"a slow=drop snapshot=last", hub.ChannelOptions{Slow: hub.SlowDrop, Snapshot: hub.SnapshotLast}, "", false},
	} {
		r, err := parseRule(c.rule)
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		if got := plainly(r.options); !reflect.DeepEqual(got, plainly(c.want)) {
			t.Errorf("%s:\n%+v, want\n%+v", c.rule, got, c.want)
		}
		if got := r.options.Fold != nil; got != c.fold {
			t.Errorf("%s: a fold is there: %v", c.rule, got)
		}
		key := ""
		if r.options.Key != nil {
			key = r.options.Key([]byte(`{"s":"BTCUSDT"}`))
		}
		if key != c.key {
			t.Errorf("%s: key %q, want %q", c.rule, key, c.key)
		}
	}
}

func TestBadRules(t *testing.T) {
	for rule, want := range map[string]string{
		"a b":                              `"b" is no preset; write plain, trade, ticker, book, or settings such as history=100`,
		"a ticker trade":                   `"trade" is no setting; write NAME=VALUE, such as max-hz=10`,
		"a speed=1":                        `"speed" is no setting; there are slow, snapshot, history,`,
		"a history=1 history=2":            "history is set twice",
		"a history=many":                   `history: "many" is not a whole number`,
		"a slow=maybe":                     `slow: "maybe" is not known; write default, lossless, drop or conflate`,
		"a key=a..b":                       "key: feed: not a path to a key",
		"a max-hz=10":                      "max-hz leaves values out, which only slow=conflate allows",
		"a ticker max-hz=1000":             "max-hz: 1000 is out of range; write 0 to 250",
		"a max-keys=3":                     "max-keys is about snapshot=per-key",
		"a trade history=0 history-age=5s": "say how many messages, with history=N",
		"a history-age=5s":                 "say how many messages, with history=N",
		"a heartbeat=100ms":                "heartbeat=100ms is too often; write 1s or more",
		"a#b trade":                        `"a#b" is no pattern`,
		"a payload=xml":                    `payload: "xml" is not known; write text or binary`,
		"a trade history-bytes=1PiB":       "history-bytes: ",
		"a retain=0s":                      "retain: ",
		"a snapshot=per-key max-keys=0":    "max-keys: 0 is out of range",
		"a slow=conflate max-hz=-1":        "max-hz: -1 is out of range",
		"a slow=conflate max-hz=now":       `max-hz: "now" is not a rate`,
		"a trade slow=conflate slow=drop":  "slow is set twice",
	} {
		if _, err := parseRule(rule); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\nwant %s", rule, err, want)
		}
	}
}

// The first rule that matches counts, and one of the user's before those that are built in.
func TestChannelOptions(t *testing.T) {
	file := write(t, "weir.yaml", `
channels:
  rules:
    - "fx.* ticker max-hz=5"
    - {match: "*@trade", preset: plain, slow: drop, history: 7}
    - match: "fx.eur"
      preset: trade
`)
	c, err := Load(file, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for channel, want := range map[string]string{
		"fx.eur": "conflate", "btcusdt@trade": "drop", "btcusdt@ticker": "conflate", "btcusdt@depth@100ms": "lossless",
		"btcusdt@aggTrade": "lossless", "news": "default", "btcusdt@bookTicker": "conflate",
	} {
		o := c.Channels.Options(channel)
		if o == nil {
			o = new(hub.ChannelOptions)
		}
		if got := o.Slow.String(); got != want {
			t.Errorf("%s: %s, want %s", channel, got, want)
		}
	}
	if got := c.Channels.Options("btcusdt@trade").History.Count; got != 7 {
		t.Errorf("history of %d", got)
	}
	if c.Channels.Options("btcusdt@depth").Fold == nil {
		t.Error("a book has no fold")
	}

	again := reloaded(t, c)
	if got, want := (&rules{&again.Channels.Rules}).String(), (&rules{&c.Channels.Rules}).String(); got != want {
		t.Errorf("printed and loaded: %s, want %s", got, want)
	}
}

func TestRulesFromEverywhere(t *testing.T) {
	c, err := Load("", []string{"WEIR_CHANNELS_RULES=a trade,b ticker"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Channels.Rules) != 2 {
		t.Errorf("%d rules in the environment", len(c.Channels.Rules))
	}
	c, err = Load("", nil, flags(t, "--channels-rules", "a trade", "--channels-rules", "b ticker"))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Channels.Rules) != 2 {
		t.Errorf("%d rules in flags", len(c.Channels.Rules))
	}
	for text, want := range map[string]string{
		"channels:\n  rules: [{preset: trade}]\n":                 "a rule without match",
		"channels:\n  rules: [{match: a, history: [1]}]\n":        "history: a list; write one value",
		"channels:\n  rules: [{match: a, key: \"b c=d\"}]\n":      "key: \"b c=d\" is not one word",
		"channels:\n  rules: [\"a trade\", \"b tarde\"]\n":        `"b tarde": "tarde" is no preset`,
		"channels:\n  rules: [{match: a, preset: trade, x: 1}]\n": `"x" is no setting`,
	} {
		if _, err := Load(write(t, "bad.yaml", text), nil, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

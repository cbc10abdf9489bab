package feed_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed"
)

func TestKeyPath(t *testing.T) {
	for _, c := range []struct{ path, data, want string }{
		{"s", `{"e":"trade","s":"BTCUSDT"}`, "BTCUSDT"},
		{"data.s", `{"stream":"x","data":{"s":"BTCUSDT"}}`, "BTCUSDT"},
		{"a.1", `{"a":["x","y"]}`, "y"},
		{"order-id", `{"order-id":9007199254740993}`, "9007199254740993"},
		{"n", `{"n":1.50}`, "1.50"},
		{"b", `{"b":true}`, "true"},
		{"s", `{"s":"a\"b"}`, `a"b`},
		{"s", `{"S":"letter case counts"}`, ""},
		{"s", `{"s":null}`, ""},
		{"s", `{"s":{"t":1}}`, ""},
		{"s", `{"s":["t"]}`, ""},
		{"s", `[]`, ""},
		{"s", `7`, ""},
		{"s", ``, ""},
		{"s", `{"s":"` + strings.Repeat("k", 255) + `"}`, strings.Repeat("k", 255)},
		{"s", `{"s":"` + strings.Repeat("k", 256) + `"}`, ""},
	} {
		key, err := feed.KeyPath(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := key([]byte(c.data)); got != c.want {
			t.Errorf("%s in %s: %q, want %q", c.path, c.data, got, c.want)
		}
	}
	for _, path := range []string{"", ".", ".s", "s.", "a..b", "a b", "a.#", "a|b", "*", "@this", `a\.b`, "ü"} {
		if _, err := feed.KeyPath(path); !errors.Is(err, feed.ErrKeyPath) {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func ExampleKeyPath() {
	key, err := feed.KeyPath("data.s")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(key([]byte(`{"stream":"ethusdt@ticker","data":{"e":"24hrTicker","s":"ETHUSDT","c":"2680.10"}}`)))
	// Output: ETHUSDT
}

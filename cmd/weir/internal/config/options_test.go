package config

import (
	"regexp"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
)

func TestOptionNames(t *testing.T) {
	for _, c := range []struct{ flag, key, env string }{
		{"max-conns", "limits.max-conns", "WEIR_MAX_CONNS"},
		{"slow-policy", "slow.policy", "WEIR_SLOW_POLICY"},
		{"log-level", "log.level", "WEIR_LOG_LEVEL"},
		{"listen", "server.listen", "WEIR_LISTEN"},
		{"compress", "compress.enabled", "WEIR_COMPRESS"},
		{"compress-level", "compress.level", "WEIR_COMPRESS_LEVEL"},
	} {
		key := flagKey(c.flag)
		if key != c.key {
			t.Errorf("--%s is %q, want %q", c.flag, key, c.key)
			continue
		}
		if env := optionOf(key).Env(); env != c.env {
			t.Errorf("--%s is %s, want %s", c.flag, env, c.env)
		}
	}
	if key := flagKey("help"); key != "" {
		t.Errorf("--help is the option %q", key)
	}
}

// The table must be one in which everything can be found and read.
func TestTable(t *testing.T) {
	def := Default()
	seen := map[string]string{}
	named := regexp.MustCompile("`[a-z]+`")
	for i := range options {
		o := &options[i]
		for _, name := range []string{"--" + o.Flag, o.Key(), o.Env()} {
			if other, ok := seen[name]; ok {
				t.Errorf("%s is both %s and %s", name, other, o.Key())
			}
			seen[name] = o.Key()
		}
		if !isGroup(o.Group) {
			t.Errorf("%s: no group %q", o.Key(), o.Group)
		}
		v := o.value(def)
		if _, isBool := v.(*boolean); !isBool && !named.MatchString(o.Help) {
			t.Errorf("%s: the help %q names no value in back quotes", o.Key(), o.Help)
		}
		if strings.HasSuffix(o.Help, ".") || strings.Contains(o.Help, "\n") {
			t.Errorf("%s: the help %q is a sentence or has lines", o.Key(), o.Help)
		}
		if _, ok := v.(*text); ok {
			continue
		}
		if text := v.String(); v.Set(text) != nil || v.String() != text {
			t.Errorf("%s: the default %q is not read back", o.Key(), text)
		}
	}
}

// Every option must reach the Config: a table that points two options at one field would lose one of them.
func TestOptionsAreDistinctFields(t *testing.T) {
	for i := range options {
		c := Default()
		before := make([]string, len(options))
		for j := range options {
			before[j] = options[j].value(c).String()
		}
		if err := options[i].value(c).Set(another(options[i].value(c))); err != nil {
			t.Errorf("%s: %v", options[i].Key(), err)
		}
		for j := range options {
			if changed := options[j].value(c).String() != before[j]; changed != (i == j) {
				t.Errorf("setting %s changes %s: %v", options[i].Key(), options[j].Key(), changed)
			}
		}
	}
}

// another is a legal value that is not the default.
func another(v value) string {
	switch v := v.(type) {
	case *boolean:
		return "true"
	case *size:
		return "3KiB"
	case *duration:
		return "7s"
	case *speed:
		return "max"
	case *text, *list:
		return "other"
	case *upstreams:
		return "ws://other/feed"
	case *cidrs:
		return "10.0.0.0/8"
	case *enum[name]:
		return v.known[len(v.known)-1].String()
	case *enum[engine.SlowPolicy]:
		return v.known[len(v.known)-1].String()
	}
	return "9"
}

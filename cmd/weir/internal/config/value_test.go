package config

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/feed/source"
)

func TestValuesSet(t *testing.T) {
	var (
		i int
		u uint64
		f float64
		b bool
		n int64
		d time.Duration
		x source.Speed
		p engine.SlowPolicy
		l []string
	)
	policies := []engine.SlowPolicy{engine.PolicyDrop, engine.PolicyDisconnect}
	for _, c := range []struct {
		name string
		v    value
		in   string
		want string // String() afterwards
		err  string // or what the error says to write instead
	}{
		{"whole", &whole{&i, 0, 100}, "42", "42", ""},
		{"whole with underscore", &whole{&i, 0, 10_000}, "1_000", "1000", ""},
		{"whole, a word", &whole{&i, 0, 100}, "many", "", "write digits only, such as 10"},
		{"whole, a fraction", &whole{&i, 0, 100}, "1.5", "", "write digits only"},
		{"whole, above", &whole{&i, 0, 100}, "101", "", "101 is out of range; write 0 to 100"},
		{"whole, far above", &whole{&i, 0, 100}, "99999999999999999999", "", "write 0 to 100"},
		{"whole, below", &whole{&i, 1, 100}, "0", "", "write 1 to 100"},

		{"seed", &seed{&u}, "18446744073709551615", "18446744073709551615", ""},
		{"seed, negative", &seed{&u}, "-1", "", "write a whole number"},

		{"rate", &rate{&f, 0, 10}, "0.5", "0.5", ""},
		{"rate, by the minute", &rate{&f, 0, 10}, "100/min", "100/min", ""},
		{"rate, by the hour", &rate{&f, 0, 10}, "1/h", "1/h", ""},
		{"rate, by the second", &rate{&f, 0, 10}, "2/s", "2", ""},
		{"rate, by the minute, a fraction of it", &rate{&f, 0, 10}, "30/min", "0.5", ""},
		{"rate, by the day", &rate{&f, 0, 10}, "1/d", "", "such as 100/min"},
		{"rate, by the minute, above", &rate{&f, 0, 10}, "601/min", "", "601/min is out of range; write 0 to 10"},
		{"rate, a word", &rate{&f, 0, 10}, "fast", "", "such as 10 or 0.5"},
		{"rate, NaN", &rate{&f, 0, 10}, "NaN", "", "such as 10 or 0.5"},
		{"rate, infinite", &rate{&f, 0, 10}, "Inf", "", "write 0 to 10"},
		{"rate, above", &rate{&f, 0.001, 10}, "10.5", "", "write 0.001 to 10"},

		{"boolean", &boolean{&b}, "true", "true", ""},
		{"boolean, yes", &boolean{&b}, "yes", "", "neither true nor false"},

		{"size, bytes", &size{&n, 1, 1 << 30}, "1000", "1000", ""},
		{"size, KiB", &size{&n, 1, 1 << 30}, "64KiB", "64KiB", ""},
		{"size, written in a smaller unit", &size{&n, 1, 1 << 30}, "1024KiB", "1MiB", ""},
		{"size, a space", &size{&n, 1, 1 << 30}, "4 MiB", "4MiB", ""},
		{"size, KB", &size{&n, 1, 1 << 30}, "64KB", "", "write 64KiB"},
		{"size, m", &size{&n, 1, 1 << 30}, "4m", "", "write 4MiB"},
		{"size, foreign unit", &size{&n, 1, 1 << 30}, "4 pages", "", "write KiB, MiB or GiB"},
		{"size, a word", &size{&n, 1, 1 << 30}, "big", "", "such as 64KiB"},
		{"size, negative", &size{&n, 1, 1 << 30}, "-1KiB", "", "such as 64KiB"},
		{"size, empty", &size{&n, 1, 1 << 30}, "", "", "such as 64KiB"},
		{"size, above", &size{&n, 1, 1 << 30}, "2GiB", "", "write 1 to 1GiB"},
		{"size, overflow", &size{&n, 1, 1 << 30}, "99999999999GiB", "", "out of range"},

		{"duration", &duration{&d, false}, "1500ms", "1.5s", ""},
		{"duration, minute", &duration{&d, false}, "60s", "1m", ""},
		{"duration, hour", &duration{&d, false}, "1h", "1h", ""},
		{"duration, off", &duration{&d, true}, "off", "off", ""},
		{"duration, off not allowed", &duration{&d, false}, "off", "", "such as 30s, 500ms or 2m"},
		{"duration, no unit", &duration{&d, true}, "30", "", "write 30s for seconds or 30ms for milliseconds"},
		{"duration, zero", &duration{&d, true}, "0", "", "write one above zero, such as 30s, or off"},
		{"duration, zero with unit", &duration{&d, false}, "0s", "", "write one above zero"},
		{"duration, negative", &duration{&d, true}, "-1s", "", "write one above zero"},
		{"duration, a word", &duration{&d, true}, "soon", "", "such as 30s, 500ms or 2m, or off"},

		{"speed", &speed{&x}, "10", "10", ""},
		{"speed, with x", &speed{&x}, "0.5x", "0.5", ""},
		{"speed, max", &speed{&x}, "max", "max", ""},
		{"speed, zero", &speed{&x}, "0", "", "write max, or a factor"},

		{"enum", &enum[engine.SlowPolicy]{&p, policies}, "disconnect", "disconnect", ""},
		{"enum, unknown", &enum[engine.SlowPolicy]{&p, policies}, "kill", "", "write drop or disconnect"},

		{"list", &list{&l}, " a:1 ,,b:2,", "a:1,b:2", ""},
		{"list, empty", &list{&l}, "", "", ""},

		{"ranges", &cidrs{list{&l}}, "10.0.0.0/8, fd00::/8 ,unix", "10.0.0.0/8,fd00::/8,unix", ""},
		{"ranges, one address", &cidrs{list{&l}}, "192.0.2.7,::1", "192.0.2.7/32,::1/128", ""},
		{"ranges, none", &cidrs{list{&l}}, "", "", ""},
		{"ranges, a name", &cidrs{list{&l}}, "localhost", "", "write such as 10.0.0.0/8"},
		{"ranges, too many bits", &cidrs{list{&l}}, "10.0.0.0/33", "", "write such as 10.0.0.0/8"},
		{"ranges, bits behind", &cidrs{list{&l}}, "10.1.2.3/8", "", "write 10.0.0.0/8"},
	} {
		err := c.v.Set(c.in)
		switch {
		case c.err == "" && err != nil:
			t.Errorf("%s: Set(%q): %v", c.name, c.in, err)
		case c.err == "" && c.v.String() != c.want:
			t.Errorf("%s: Set(%q) gives %q, want %q", c.name, c.in, c.v.String(), c.want)
		case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: Set(%q): error %v, want one with %q", c.name, c.in, err, c.err)
		}
	}
}

// A value that was refused leaves what stood there.
func TestRefusedValuesChangeNothing(t *testing.T) {
	n, d := int64(7), time.Second
	if (&size{&n, 1, 10}).Set("11") == nil || n != 7 {
		t.Errorf("size is %d after a value out of range", n)
	}
	if (&duration{&d, false}).Set("off") == nil || d != time.Second {
		t.Errorf("duration is %v after a value that is not allowed", d)
	}
}

func FuzzSize(f *testing.F) {
	for _, s := range []string{"0", "64KiB", "4 MiB", "1_000", "9223372036854775807", "8589934592GiB", "KiB", "1KB", "-1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := parseSize(s)
		if err != nil {
			return
		}
		if n < 0 {
			t.Fatalf("parseSize(%q) = %d", s, n)
		}
		if back, err := parseSize(formatSize(n)); err != nil || back != n {
			t.Fatalf("parseSize(%q) = %d, written %q, read back %d, %v", s, n, formatSize(n), back, err)
		}
	})
}

func FuzzRate(f *testing.F) {
	for _, s := range []string{"0", "0.5", "100/min", "1/h", "1e9", "1e-300/h", "-1/s", "7/min", "0x1p-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var r, back float64
		v := &rate{&r, 0, 1e9}
		if v.Set(s) != nil {
			return
		}
		if !(r >= 0 && r <= 1e9) {
			t.Fatalf("Set(%q) gives %v", s, r)
		}
		if err := (&rate{&back, 0, 1e9}).Set(v.String()); err != nil || back != r {
			t.Fatalf("Set(%q) gives %v, written %q, read back %v, %v", s, r, v.String(), back, err)
		}
	})
}

func FuzzDuration(f *testing.F) {
	for _, s := range []string{"30s", "1m", "1h0m1s", "off", "500ms", "30", "0s", "-1s", "2562047h47m16.854775807s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var d, back time.Duration
		v := &duration{&d, true}
		if v.Set(s) != nil {
			return
		}
		if d == 0 || d < -1 || d == math.MinInt64 {
			t.Fatalf("Set(%q) gives %d", s, d)
		}
		if err := (&duration{&back, true}).Set(v.String()); err != nil || back != d {
			t.Fatalf("Set(%q) gives %v, written %q, read back %v, %v", s, d, v.String(), back, err)
		}
	})
}

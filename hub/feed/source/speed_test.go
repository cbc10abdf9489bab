package source_test

import (
	"errors"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

func TestParseSpeed(t *testing.T) {
	for in, want := range map[string]source.Speed{
		"1": 1, "10": 10, "10x": 10, "0.5": 0.5, "1e3x": 1000, "max": source.Max, "MAX": source.Max,
	} {
		got, err := source.ParseSpeed(in)
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
		if again, err := source.ParseSpeed(got.String()); err != nil || again != got {
			t.Errorf("%q: %q is read as %v, %v", in, got.String(), again, err)
		}
	}
	for _, in := range []string{"", "0", "-1", "x", "fast", "inf", "NaN", "1e400", "10xx"} {
		var e *source.ConfigError
		if got, err := source.ParseSpeed(in); !errors.As(err, &e) {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
}

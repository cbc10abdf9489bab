package source

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// Speed is a factor of the recorded speed: 1 as recorded, 10 ten times as fast, 0.5 half as fast. It must be
// finite and positive; in a configuration 0 means 1.
type Speed float64

// Max is no timing at all: as fast as the sink, and the pacing, allow.
const Max Speed = math.MaxFloat64

// ParseSpeed reads what a person writes: "max", or a positive number with or without an "x" behind it ("10",
// "10x", "0.5"). The error is a *ConfigError.
func ParseSpeed(s string) (Speed, error) {
	if strings.EqualFold(s, "max") {
		return Max, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(s, "x"), 64)
	if err != nil || !Speed(f).valid() {
		return 0, &ConfigError{"Speed", strconv.Quote(s) + ` is not a speed; give "max" or a positive factor such as 1, 10 or 0.5`}
	}
	return Speed(f), nil
}

// String is the form ParseSpeed reads: "10x", "max".
func (s Speed) String() string {
	if s == Max {
		return "max"
	}
	return strconv.FormatFloat(float64(s), 'g', -1, 64) + "x"
}

// valid is false for NaN too.
func (s Speed) valid() bool { return s > 0 && !math.IsInf(float64(s), 0) }

// scale is how long after the start a message is due that was recorded that many nanoseconds after the first one.
// A recording's offsets are far below 2^53 ns (104 days), so the division is exact to the nanosecond.
func (s Speed) scale(recorded int64) time.Duration {
	if s == 1 {
		return time.Duration(recorded)
	}
	d := float64(recorded) / float64(s)
	if d >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(d)
}

package config

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

// value is a field of a Config that is read from text and written as text. What String writes, Set reads. Errors of
// Set say what was written and what to write instead, and nothing of where.
type value interface {
	Set(string) error
	String() string
}

type text struct{ p *string }

func (v *text) Set(s string) error { *v.p = s; return nil }
func (v *text) String() string     { return *v.p }

type boolean struct{ p *bool }

func (v *boolean) Set(s string) error {
	switch s {
	case "true":
		*v.p = true
	case "false":
		*v.p = false
	default:
		return fmt.Errorf("%q is neither true nor false", s)
	}
	return nil
}
func (v *boolean) String() string { return strconv.FormatBool(*v.p) }

// whole is a whole number from min to max.
type whole struct {
	p        *int
	min, max int
}

func (v *whole) Set(s string) error {
	n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
	if errors.Is(err, strconv.ErrSyntax) {
		return fmt.Errorf("%q is not a whole number; write digits only, such as %d", s, max(v.min, 10))
	}
	if err != nil || n < v.min || n > v.max {
		return fmt.Errorf("%s is out of range; write %d to %d", s, v.min, v.max)
	}
	*v.p = n
	return nil
}
func (v *whole) String() string { return strconv.Itoa(*v.p) }

type seed struct{ p *uint64 }

func (v *seed) Set(s string) error {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not a seed; write a whole number, 0 to %d", s, uint64(math.MaxUint64))
	}
	*v.p = n
	return nil
}
func (v *seed) String() string { return strconv.FormatUint(*v.p, 10) }

// rate is so many a second.
type rate struct {
	p        *float64
	min, max float64
}

func (v *rate) Set(s string) error {
	number, per := s, 1.0
	for _, u := range rateUnits {
		if n, ok := strings.CutSuffix(s, u.suffix); ok {
			number, per = n, u.seconds
		}
	}
	f, err := strconv.ParseFloat(number, 64)
	if errors.Is(err, strconv.ErrSyntax) || math.IsNaN(f) {
		return fmt.Errorf("%q is not a rate; write so many a second, such as 10 or 0.5, or in another time, such as 100/min", s)
	}
	f /= per
	if err != nil || f < v.min || f > v.max {
		return fmt.Errorf("%s is out of range; write %s to %s", s, plain(v.min), plain(v.max))
	}
	*v.p = f
	return nil
}

// String writes a rate that is awkward by the second and whole by a longer time by that.
func (v *rate) String() string {
	s := plain(*v.p)
	if len(s) <= 8 {
		return s
	}
	for _, u := range rateUnits {
		if n := math.Round(*v.p * u.seconds); n/u.seconds == *v.p && n < 1e9 {
			return plain(n) + u.suffix
		}
	}
	return s
}

var rateUnits = []struct {
	suffix  string
	seconds float64
}{{"/s", 1}, {"/min", 60}, {"/h", 3600}}

func plain(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

type speed struct{ p *source.Speed }

func (v *speed) Set(s string) error {
	f, err := source.ParseSpeed(s)
	if err != nil {
		return fmt.Errorf("%q is not a speed; write max, or a factor such as 1, 10 or 0.5", s)
	}
	*v.p = f
	return nil
}

// String is without the "x" behind a factor, so that it is a number in a file.
func (v *speed) String() string {
	if *v.p == source.Max {
		return "max"
	}
	return plain(float64(*v.p))
}

// list is any number of words, in one text separated by commas.
type list struct{ p *[]string }

func (v *list) Set(s string) error { return v.setAll(strings.Split(s, ",")) }

func (v *list) setAll(words []string) error {
	out := make([]string, 0, len(words))
	for _, w := range words {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	*v.p = out
	return nil
}
func (v *list) String() string  { return strings.Join(*v.p, ",") }
func (v *list) words() []string { return *v.p }

// words is a value that is a list: in a file, a sequence.
type words interface {
	value
	setAll([]string) error
	words() []string
}

// cidrs is a list of address ranges. A single address is a range of one; "unix" stands for the peers of unix sockets.
type cidrs struct{ list }

func (v *cidrs) Set(s string) error { return v.setAll(strings.Split(s, ",")) }

func (v *cidrs) setAll(texts []string) error {
	var all []string
	l := list{&all}
	if err := l.setAll(texts); err != nil {
		return err
	}
	for i, w := range all {
		if w == unixPeers {
			continue
		}
		p, err := netip.ParsePrefix(w)
		if err != nil {
			a, aerr := netip.ParseAddr(w)
			if aerr != nil || a.Zone() != "" {
				return fmt.Errorf("%q is no range of addresses; write such as 10.0.0.0/8, fd00::/8, 192.0.2.7 or unix", w)
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if p != p.Masked() {
			return fmt.Errorf("%s has bits set behind the %d that count; write %s", w, p.Bits(), p.Masked())
		}
		all[i] = p.String()
	}
	*v.p = all
	return nil
}

// unixPeers trusts the peers of unix sockets, which have no address.
const unixPeers = "unix"

// name is a word out of a few.
type name string

func (n name) String() string { return string(n) }

type enum[T fmt.Stringer] struct {
	p     *T
	known []T
}

func (v *enum[T]) Set(s string) error {
	i := slices.IndexFunc(v.known, func(k T) bool { return k.String() == s })
	if i < 0 {
		var words []string
		for _, k := range v.known {
			words = append(words, k.String())
		}
		last := len(words) - 1
		return fmt.Errorf("%q is not known; write %s or %s", s, strings.Join(words[:last], ", "), words[last])
	}
	*v.p = v.known[i]
	return nil
}
func (v *enum[T]) String() string { return (*v.p).String() }

// duration is a time with its unit, or "off" where that can be (as a negative duration).
type duration struct {
	p   *time.Duration
	off bool
}

func (v *duration) Set(s string) error {
	if s == "off" && v.off {
		*v.p = -1
		return nil
	}
	hint := ""
	if v.off {
		hint = ", or off"
	}
	if _, err := strconv.ParseFloat(s, 64); err == nil {
		if strings.Trim(s, "0.") == "" {
			return fmt.Errorf("%s is no time; write one above zero, such as 30s%s", s, hint)
		}
		return fmt.Errorf("%s has no unit; write %ss for seconds or %sms for milliseconds", s, s, s)
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is not a time; write a number and its unit, such as 30s, 500ms or 2m%s", s, hint)
	}
	if d <= 0 {
		return fmt.Errorf("%s is no time; write one above zero, such as 30s%s", s, hint)
	}
	*v.p = d
	return nil
}

func (v *duration) String() string {
	if *v.p < 0 {
		return "off"
	}
	s := v.p.String() // "1m0s"
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/v2"
)

// apply sets what one layer says. where begins an error about a key.
func (c *Config) apply(k *koanf.Koanf, where func(key string) *Error, from origin) []error {
	var errs []error
	all := k.All()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		o := optionOf(key)
		if o == nil {
			if e := unknown(key, all[key]); e != nil {
				w := where(key)
				w.Problem, w.Hint = e.Problem, e.Hint
				errs = append(errs, w)
			}
			continue
		}
		w := where(key)
		if err := assign(o.value(c), all[key]); err != nil {
			w.Problem, w.Err = err.Error(), err
			errs = append(errs, w)
			continue
		}
		o2 := from
		if o2.place == "" {
			o2.place = w.Place
		}
		c.from[key] = o2
	}
	return errs
}

// unknown judges a key that is none of the table's; nil if it is an empty group.
func unknown(key string, v any) *Error {
	m, isMap := v.(map[string]any)
	switch {
	case isGroup(key) && (v == nil || isMap && len(m) == 0):
		return nil
	case isGroup(key):
		return &Error{Problem: "this is a group, not a value", Hint: "write its keys below it"}
	}
	// A value where the key should have ended: "listen.port".
	for i := range options {
		if strings.HasPrefix(key, options[i].Key()+".") {
			return &Error{Problem: "unknown key", Hint: options[i].Key() + " takes a value and has no keys below it"}
		}
	}
	return &Error{Problem: "unknown key", Hint: didYouMean("", key, keys())}
}

// assign sets v to what a layer has, by way of its text.
func assign(v value, x any) error {
	if l, ok := v.(words); ok {
		if xs, ok := x.([]any); ok {
			words := make([]string, 0, len(xs))
			for _, e := range xs {
				s, err := word(l, e)
				if err != nil {
					return err
				}
				words = append(words, s)
			}
			return l.setAll(words)
		}
	}
	s, err := scalar(x)
	if err != nil {
		return err
	}
	return v.Set(s)
}

// word is the text of an entry of a list. Rules may be mappings: then match and preset stand for their first two words. So may upstreams.
func word(l words, x any) (string, error) {
	m, ok := x.(map[string]any)
	if _, is := l.(*upstreams); ok && is {
		return upstreamWords(m)
	}
	if _, isRules := l.(*rules); !ok || !isRules {
		return scalar(x)
	}
	var head [2]string
	var rest []string
	for _, key := range slices.Sorted(maps.Keys(m)) {
		s, err := scalar(m[key])
		switch {
		case err != nil:
			return "", fmt.Errorf("%s: %w", key, err)
		case strings.ContainsAny(s, " \t\r\n"), s == "":
			return "", fmt.Errorf("%s: %q is not one word", key, s)
		case key == "match":
			head[0] = s
		case key == "preset":
			head[1] = s
		default:
			rest = append(rest, key+"="+s)
		}
	}
	if head[0] == "" {
		return "", fmt.Errorf("a rule without match; write the pattern of the channels that it is for")
	}
	return strings.Join(append(head[:], rest...), " "), nil
}

// scalar is the text of a value that a parser has given a type.
func scalar(x any) (string, error) {
	switch x := x.(type) {
	case string:
		return x, nil
	case bool:
		return strconv.FormatBool(x), nil
	case int, int64, uint64:
		return fmt.Sprint(x), nil
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1<<53 {
			return strconv.FormatFloat(x, 'f', -1, 64), nil
		}
		return strconv.FormatFloat(x, 'g', -1, 64), nil
	case nil:
		return "", fmt.Errorf("there is no value; write one, or remove the key")
	case []any:
		return "", fmt.Errorf("a list; write one value")
	case map[string]any:
		return "", fmt.Errorf("keys below it; write one value")
	}
	return "", fmt.Errorf("a value of type %T; write it in quotes", x)
}

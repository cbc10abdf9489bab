package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// settings is what the words behind the first one of a rule or an upstream may be.
type settings struct {
	names   []string // those that there are
	many    []string // those that may be there several times: in a file, lists
	example string
}

// errNoSetting is what is returned about a name by the code that carries settings out.
var errNoSetting = errors.New("no setting")

// each carries out words, which are NAME=VALUE, by set. An error says which setting it is about.
func (s *settings) each(words []string, set func(name, value string) error) error {
	seen := make(map[string]bool)
	for _, w := range words {
		name, value, ok := strings.Cut(w, "=")
		switch {
		case !ok:
			return fmt.Errorf("%q is no setting; write NAME=VALUE, such as %s", w, s.example)
		case seen[name] && !slices.Contains(s.many, name):
			return fmt.Errorf("%s is set twice", name)
		}
		seen[name] = true
		err := set(name, value)
		if errors.Is(err, errNoSetting) {
			return fmt.Errorf("%q is no setting; there are %s", name, strings.Join(s.names, ", "))
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// entries parses each text that is not blank. The error has all faults; what could be read of a text with one is there, too.
func entries[T any](texts []string, parse func(string) (T, error)) (all []T, err error) {
	var errs []error
	for _, t := range texts {
		t = strings.TrimSpace(t)
		if t == "" {
			continue
		}
		v, err := parse(t)
		if err != nil {
			errs = append(errs, fmt.Errorf("%q: %w", t, err))
		}
		all = append(all, v)
	}
	return all, errors.Join(errs...)
}

// texts are entries as they were written.
func texts[T fmt.Stringer](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = v.String()
	}
	return out
}

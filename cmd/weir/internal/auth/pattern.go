package auth

import (
	"errors"
	"fmt"
	"strings"
	"unique"

	"github.com/weir-ws/weir/hub"
)

// maxPatterns bounds a list: a request may name 1,024 channels, and each is held against all of them.
const maxPatterns = 256

// Patterns is a set of patterns; the zero value matches nothing. Equal sets share their memory, because a server
// holds one for every user.
type Patterns struct {
	list unique.Handle[string] // separated by commas, which are in no pattern
}

// NewPatterns checks list. The error says which pattern is wrong, and how.
func NewPatterns(list []string) (Patterns, error) {
	if len(list) == 0 {
		return Patterns{}, nil
	}
	if len(list) > maxPatterns {
		return Patterns{}, fmt.Errorf("%d patterns are more than %d; let one with * stand for several", len(list), maxPatterns)
	}
	for _, p := range list {
		if err := hub.ValidatePattern(p); err != nil {
			if ce := (*hub.ChannelError)(nil); errors.As(err, &ce) {
				err = ce.Err
			}
			why, _ := strings.CutPrefix(err.Error(), hub.ErrPattern.Error()+": ")
			return Patterns{}, fmt.Errorf("%.64q is no pattern: %s", p, why)
		}
	}
	return Patterns{unique.Make(strings.Join(list, ","))}, nil
}

// None reports whether the set is empty.
func (p Patterns) None() bool { return p == Patterns{} }

// Match reports whether one of the patterns stands for name. Any goroutine may call it.
func (p Patterns) Match(name string) bool {
	if p.None() {
		return false
	}
	for pattern := range strings.SplitSeq(p.list.Value(), ",") {
		if hub.Match(pattern, name) {
			return true
		}
	}
	return false
}

// String returns the patterns, separated by commas.
func (p Patterns) String() string {
	if p.None() {
		return ""
	}
	return p.list.Value()
}

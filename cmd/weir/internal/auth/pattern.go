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

// Match reports whether name is one that pattern stands for. It takes time in proportion to their lengths: the
// parts between the stars are looked for from left to right, each once, because taking the first place where a part
// fits leaves the most room for the next.
func Match(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, head)
	for ok {
		part, next, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, part)
		}
		_, name, ok = strings.Cut(name, part)
		rest = next
	}
	return false
}

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
		// A star is as long as the byte that stands here in its place.
		if err := hub.ValidateChannel(strings.ReplaceAll(p, "*", "a")); err != nil {
			if ce := (*hub.ChannelError)(nil); errors.As(err, &ce) {
				err = ce.Err
			}
			text, _ := strings.CutPrefix(err.Error(), hub.ErrChannelName.Error()+": ")
			if strings.HasPrefix(text, "byte ") { // it ends with what is legal
				text += ", and * for any of them"
			}
			return Patterns{}, fmt.Errorf("%.64q is no pattern: %s", p, text)
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
		if Match(pattern, name) {
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

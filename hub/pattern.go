package hub

import (
	"errors"
	"fmt"
	"strings"
)

// MaxPatternStars is how many stars a pattern may have.
const MaxPatternStars = 8

// IsPattern reports whether name has a star: it is then not the name of a channel, and perhaps a pattern.
func IsPattern(name string) bool { return strings.IndexByte(name, '*') >= 0 }

// Match reports whether name is one that pattern stands for: a star in pattern is any bytes, also none, and
// every other byte is itself. It takes time in proportion to their lengths: the parts between the stars are looked for from left to right,
// each once, because taking the first place where a part fits leaves the most room for the next.
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

// ValidatePattern says whether pattern is a legal one: what [ValidateChannel] allows, and up to [MaxPatternStars] stars. A name
// without a star is the pattern of itself. The error is a [*ChannelError] that wraps [ErrPattern] and names the first fault.
func ValidatePattern(pattern string) error { return validatePattern(pattern, DefaultMaxChannelLen) }

func validatePattern(pattern string, longest int) error {
	// A star is as long as the byte that stands here in its place.
	err := validateChannel(strings.ReplaceAll(pattern, "*", "a"), longest)
	if err == nil {
		if n := strings.Count(pattern, "*"); n > MaxPatternStars {
			return channelError(pattern, fmt.Errorf("%w: it has %d stars, at most %d are allowed", ErrPattern, n, MaxPatternStars))
		}
		return nil
	}
	if ce := (*ChannelError)(nil); errors.As(err, &ce) {
		err = ce.Err
	}
	why, _ := strings.CutPrefix(err.Error(), ErrChannelName.Error()+": ")
	if strings.HasPrefix(why, "byte ") { // it ends with what is legal
		why += ", and * for any of them"
	}
	return channelError(pattern, fmt.Errorf("%w: %s", ErrPattern, why))
}

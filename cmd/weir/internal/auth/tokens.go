package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// minToken is the least a static token may have, in bytes: one that can be guessed is none.
const minToken = 16

// static is a file of tokens.
type static []entry

type entry struct {
	hash [sha256.Size]byte
	user *User
}

var errUnknown = errors.New("it is not known")

// verify looks all tokens through, however early one fits: how long it takes tells nothing about them. Hashes are
// compared, because two texts of different lengths cannot be in constant time.
func (s static) verify(token string) (*User, error) {
	sum := sha256.Sum256([]byte(token))
	var user *User
	for i := range s {
		if subtle.ConstantTimeCompare(s[i].hash[:], sum[:]) == 1 {
			user = s[i].user
		}
	}
	if user == nil {
		return nil, errUnknown
	}
	return user, nil
}

// parseStatic reads a file of tokens. An error names the line, and nothing of what stands there but the name.
func parseStatic(text []byte) (static, error) {
	var s static
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		fields := strings.Fields(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		e, err := parseEntry(fields)
		if err == nil && s.has(e.hash) {
			err = errors.New("the token stands in the file already")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		s = append(s, e)
	}
	if len(s) == 0 {
		return nil, errors.New("there is no token in it; a line is NAME TOKEN subscribe=PATTERNS publish=PATTERNS")
	}
	return s, nil
}

func (s static) has(hash [sha256.Size]byte) bool {
	for i := range s {
		if s[i].hash == hash {
			return true
		}
	}
	return false
}

func parseEntry(fields []string) (e entry, err error) {
	if len(fields) < 2 {
		return e, errors.New("a line is NAME TOKEN subscribe=PATTERNS publish=PATTERNS; there is no token")
	}
	u := &User{subject: fields[0]}
	if e.hash, err = parseToken(fields[1]); err != nil {
		return e, err
	}
	seen := map[string]bool{}
	for _, f := range fields[2:] {
		what, list, _ := strings.Cut(f, "=")
		var into *Patterns
		switch what {
		case "subscribe":
			into = &u.sub
		case "publish":
			into = &u.pub
		default:
			return e, errors.New("behind the token there may be subscribe=PATTERNS and publish=PATTERNS, and nothing else")
		}
		if seen[what] {
			return e, fmt.Errorf("%s= is there twice", what)
		}
		seen[what] = true
		if *into, err = NewPatterns(strings.Split(list, ",")); err != nil {
			return e, fmt.Errorf("%s=: %w", what, err)
		}
	}
	if len(seen) == 0 {
		return e, errors.New("the token allows nothing; add subscribe=PATTERNS or publish=PATTERNS")
	}
	e.user = u
	return e, nil
}

// parseToken returns the hash of a token that is written as such, or as its hash.
func parseToken(s string) (sum [sha256.Size]byte, err error) {
	if h, ok := strings.CutPrefix(s, "sha256:"); ok {
		if b, err := hex.DecodeString(h); err == nil && len(b) == len(sum) {
			copy(sum[:], b)
			return sum, nil
		}
		return sum, errors.New("behind sha256: there must be 64 hexadecimal digits")
	}
	if len(s) < minToken {
		return sum, fmt.Errorf("the token has fewer than %d bytes, so it could be guessed; `openssl rand -hex 32` makes a good one", minToken)
	}
	// What may stand both in a header and, behind weir.token., in the list of subprotocols.
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && !strings.ContainsRune("-._~+", rune(c)) {
			return sum, errors.New("a token has letters, digits and - . _ ~ + only")
		}
	}
	if len(s) > maxToken {
		return sum, fmt.Errorf("the token has more than %d bytes", maxToken)
	}
	return sha256.Sum256([]byte(s)), nil
}

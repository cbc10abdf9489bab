package exam

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// Verdict grades one case; see the package documentation for what earns which.
type Verdict uint8

// The verdicts, from best to worst.
const (
	OK Verdict = iota
	NonStrict
	Failed
)

// String is the verdict's name as the report prints it.
func (v Verdict) String() string {
	switch v {
	case OK:
		return "OK"
	case NonStrict:
		return "NON-STRICT"
	default:
		return "FAILED"
	}
}

// Finding is the error of a case that did not end OK.
type Finding struct {
	Verdict Verdict // NonStrict or Failed
	Want    string  // what the RFC asks for at this point
	Got     string  // what came instead
	Bytes   []byte  // the first bytes of the offending frame or answer; may be empty
}

// headBytes bounds Finding.Bytes: enough for a header and the start of a payload.
const headBytes = 48

// Error is the finding in one line.
func (f *Finding) Error() string {
	s := fmt.Sprintf("%s: want %s; got %s", f.Verdict, f.Want, f.Got)
	if len(f.Bytes) > 0 {
		s += " [" + hexHead(f.Bytes) + "]"
	}
	return s
}

func failed(want, got string, head []byte) error {
	return &Finding{Verdict: Failed, Want: want, Got: got, Bytes: clip(head)}
}

func nonStrict(want, got string, head []byte) error {
	return &Finding{Verdict: NonStrict, Want: want, Got: got, Bytes: clip(head)}
}

// verdictOf grades what Case.Run returned.
func verdictOf(err error) Verdict {
	if err == nil {
		return OK
	}
	if f, ok := errors.AsType[*Finding](err); ok {
		return f.Verdict
	}
	return Failed
}

// worse is the error with the worse verdict, the first of two equal ones.
func worse(a, b error) error {
	if verdictOf(b) > verdictOf(a) {
		return b
	}
	return a
}

func clip(b []byte) []byte {
	return b[:min(len(b), headBytes)]
}

// hexHead prints bytes as people compare them: in pairs, cut at headBytes.
func hexHead(b []byte) string {
	s := fmt.Sprintf("% x", clip(b))
	if len(b) > headBytes {
		s += " ..."
	}
	return s
}

// brief describes a payload: in full when it is short, by size and head when not.
func brief(b []byte) string {
	switch {
	case len(b) == 0:
		return "an empty payload"
	case len(b) <= 24:
		return fmt.Sprintf("%d bytes %q", len(b), b)
	default:
		return fmt.Sprintf("%d bytes %s...", len(b), hex.EncodeToString(b[:16]))
	}
}

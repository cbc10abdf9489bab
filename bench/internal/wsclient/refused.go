package wsclient

import (
	"bytes"
	"fmt"
	"strconv"
)

// RefusedError is an answer to a handshake that is not 101, or not for our key.
type RefusedError struct {
	Status int // of HTTP; 0: there is none
	Answer []byte
}

func (e *RefusedError) Error() string { return fmt.Sprintf("the handshake was refused: %q", e.Answer) }

func refused(answer []byte) error {
	_, rest, _ := bytes.Cut(answer, []byte(" "))
	code, _, _ := bytes.Cut(rest, []byte(" "))
	status, err := strconv.Atoi(string(code))
	if err != nil {
		status = 0
	}
	return &RefusedError{status, bytes.Clone(answer[:min(len(answer), 300)])}
}

package engine

import (
	"bytes"
	"net/http"
)

// headLimits bound a request head.
type headLimits struct {
	maxBytes  int // of the whole head with its empty line; 0: 8192
	maxFields int // header lines; 0: 100
}

const (
	defaultHeadBytes  = 8192
	defaultHeadFields = 100
)

// scanHead looks for the end of the request head at the start of b and refuses it at the
// first byte that cannot be part of a correct one, so that a wrong client costs no more
// than what it sent so far, and the bytes behind a head (pipelined frames) are not looked at.
//
//   - n > 0: the head is complete and n bytes long, its empty line included.
//   - n == 0, err == nil: incomplete. Call again with more bytes appended to b and from = next.
//   - err: the answer. Control characters, bare CR or LF and folded lines are refused at the
//     byte, the syntax of a line at its end. The first offence in the order of bytes
//     decides, so the answer does not depend on how the head was cut into reads.
//
// Bytes before from are not read again, but for the line that is completed behind it.
//
// RFC 9112 2.2 would have a server "ignore at least one empty line (CRLF) received prior to
// the request-line", a SHOULD for clients that put one behind a body. There is no request
// before this one, so such a line is malformed here; net/http does the same.
func scanHead(b []byte, from int, lim headLimits) (n, next int, err *HTTPError) {
	if lim.maxBytes <= 0 {
		lim.maxBytes = defaultHeadBytes
	}
	if lim.maxFields <= 0 {
		lim.maxFields = defaultHeadFields
	}
	end := min(len(b), lim.maxBytes)
	start, lines := -1, -1 // of the current line; number of complete lines. -1: not looked up yet
	if from == 0 {
		start, lines = 0, 0
	}
	for i := from; i < end; {
		if i > 0 && b[i-1] == '\r' && b[i] != '\n' {
			// RFC 9112 2.2: "A sender MUST NOT generate a bare CR"; the recipient "MUST
			// consider that element to be invalid".
			return 0, i, badRequest("a carriage return in the request head is not followed by a line feed")
		}
		if i > 0 && b[i-1] == '\n' && (b[i] == ' ' || b[i] == '\t') {
			// RFC 9112 5.2: "A server that receives an obs-fold in a request message [...] MUST
			// either reject the message by sending a 400" or unfold it. Also RFC 9112 2.2, about
			// whitespace between the request line and the first header.
			return 0, i, badRequest("a header line starts with whitespace; put folded headers on one line")
		}
		for i < end && class[b[i]]&classText != 0 {
			i++
		}
		if i == end {
			break
		}
		if b[i] == '\r' {
			i++ // the next byte decides
			continue
		}
		if b[i] != '\n' {
			// RFC 9110 5.5: field values "containing CR, LF, or NUL characters are invalid and
			// dangerous"; the other control characters are in no grammar of a head either.
			return 0, i, badRequest("the request head contains a control character; is this HTTP at all?")
		}
		if i == 0 || b[i-1] != '\r' {
			// RFC 9112 2.2 lets a recipient take a bare LF for a line end. We don't: where two
			// parsers on the way disagree about that, requests are smuggled.
			return 0, i, badRequest("a line of the request head ends with a bare line feed; end it with CR LF")
		}
		if start < 0 {
			// Once per call that completes a line, so O(lines) times in all however the
			// head was cut; both are bounded by the limits.
			start = bytes.LastIndexByte(b[:i], '\n') + 1
			lines = bytes.Count(b[:start], []byte{'\n'})
		}
		line := b[start : i-1]
		i++
		switch {
		case lines == 0:
			err = checkRequestLine(line)
		case len(line) == 0:
			return i, i, nil
		case lines > lim.maxFields: // line 0 is the request line
			err = tooLarge("the request has too many header lines")
		default:
			err = checkFieldLine(line)
		}
		if err != nil {
			return 0, i, err
		}
		start = i
		lines++
	}
	if len(b) >= lim.maxBytes {
		return 0, end, tooLarge("the request head is too large; are there big cookies?")
	}
	return 0, end, nil
}

// checkRequestLine checks "method SP request-target SP HTTP-version" (RFC 9112 3). The form
// of the target is left to parseHead, which has the URL.
//
// RFC 9112 2.3: "HTTP-version = HTTP-name "/" DIGIT "." DIGIT", case-sensitive. 1.2 to 1.9 and
// 0.x are 400: they were never published. Unknown major versions are 505, the HTTP/2
// preface among them. HTTP/1.0 passes here and is refused by checkUpgrade: load balancers
// still send it in health checks, which are not ours to refuse.
func checkRequestLine(l []byte) *HTTPError {
	sp1, sp2 := bytes.IndexByte(l, ' '), bytes.LastIndexByte(l, ' ')
	if sp1 < 0 || sp1 == sp2 || !isToken(l[:sp1]) {
		return badRequest("malformed request line")
	}
	target, version := l[sp1+1:sp2], l[sp2+1:]
	if len(target) == 0 || !allClass(target, classTarget) {
		// RFC 9112 3.2: "No whitespace is allowed in the request-target."
		return badRequest("malformed request target; percent-encode spaces and everything that is not ASCII")
	}
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	if len(version) != 8 || string(version[:5]) != "HTTP/" || !isDigit(version[5]) || version[6] != '.' || !isDigit(version[7]) {
		return badRequest("malformed HTTP version in the request line")
	}
	switch {
	case version[5] > '1':
		return &HTTPError{Status: http.StatusHTTPVersionNotSupported, Body: "this server speaks HTTP/1.1"}
	case version[5] == '0' || version[7] > '1':
		return badRequest("there is no such version of HTTP; use HTTP/1.1")
	}
	return nil
}

// checkFieldLine checks "field-name ":" OWS field-value OWS" (RFC 9112 5). The characters of
// the value were checked as they came.
func checkFieldLine(l []byte) *HTTPError {
	colon := bytes.IndexByte(l, ':')
	if colon <= 0 {
		return badRequest("a header line has no name")
	}
	if c := l[colon-1]; c == ' ' || c == '\t' {
		// RFC 9112 5.1: "A server MUST reject, with a response status code of 400 (Bad Request),
		// any received request message that contains whitespace between a header field
		// name and colon."
		return badRequest("whitespace between a header name and its colon")
	}
	if !allClass(l[:colon], classToken) {
		return badRequest("a header name contains a character that is not allowed in one")
	}
	return nil
}

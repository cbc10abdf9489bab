package auth

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub/feed"
)

const (
	// tokenProtocol begins the subprotocol by which a browser shows a token.
	tokenProtocol = "weir.token."
	// queryParameter is RFC 6750 2.3's.
	queryParameter = "access_token"
	// maxToken bounds a token, in bytes; a request head has no more.
	maxToken = 8192
)

var errNoToken = errors.New("it is empty, too long or has bytes that no token has")

// ways are those in which a request may show its token, beside the header.
type ways struct{ subprotocol, query bool }

// find returns the request's token, "" if it has none. RFC 6750 2: "Clients MUST NOT use more than one method to
// transmit the token in each request."
func find(r *http.Request, may ways) (token string, _ *engine.HTTPError) {
	var found []string
	if lines := r.Header["Authorization"]; len(lines) > 1 {
		return "", malformed("there is more than one Authorization header")
	} else if len(lines) == 1 {
		// RFC 9110 11.1: the scheme is case-insensitive. Another scheme is meant for somebody else on the way.
		if scheme, rest, _ := strings.Cut(lines[0], " "); strings.EqualFold(scheme, "Bearer") {
			found = append(found, strings.Trim(rest, " \t"))
		}
	}
	if may.subprotocol {
		tokens, ours := offered(r.Header["Sec-Websocket-Protocol"])
		if len(tokens) > 0 && !ours {
			// A browser fails a connection whose server chose none of its subprotocols, and tells nobody why.
			return "", malformed("the subprotocol " + tokenProtocol + "TOKEN needs " + feed.Subprotocol + " or " + feed.SubprotocolMsgpack + " beside it")
		}
		found = append(found, tokens...)
	}
	if may.query && r.URL.RawQuery != "" {
		found = append(found, scrub(r)...)
	}
	switch {
	case len(found) > 1:
		return "", malformed("there is more than one token")
	case len(found) == 0:
		return "", nil
	case !IsToken(found[0]):
		return "", invalid(errNoToken)
	}
	return found[0], nil
}

// offered returns the tokens among the subprotocols, and whether one of our own is there too.
func offered(lines []string) (tokens []string, ours bool) {
	for _, l := range lines {
		for p := range strings.SplitSeq(l, ",") {
			p = strings.Trim(p, " \t")
			if t, ok := strings.CutPrefix(p, tokenProtocol); ok {
				tokens = append(tokens, t)
			}
			ours = ours || p == feed.Subprotocol || p == feed.SubprotocolMsgpack
		}
	}
	return tokens, ours
}

// scrub takes the tokens out of the request's URL, so that nobody who sees the request after us can log them.
func scrub(r *http.Request) []string {
	q, _ := url.ParseQuery(r.URL.RawQuery) // what it understood of it
	tokens := q[queryParameter]
	if tokens == nil {
		return nil
	}
	q.Del(queryParameter)
	u := *r.URL
	u.RawQuery = q.Encode()
	r.URL = &u
	r.RequestURI = u.RequestURI()
	return tokens
}

// IsToken checks the syntax of a token, and that it is not too long. RFC 6750 2.1: "b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="".
func IsToken(s string) bool {
	core := strings.TrimRight(s, "=")
	if core == "" || len(s) > maxToken {
		return false
	}
	for i := range len(core) {
		if c := core[i]; !isAlnum(c) && !strings.ContainsRune("-._~+/", rune(c)) {
			return false
		}
	}
	return true
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

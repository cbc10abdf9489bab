package auth

import (
	"net/http"

	"github.com/weir-ws/weir/engine"
)

// RFC 6750 3: "If the protected resource request does not include authentication credentials or does not contain an
// access token that enables access to the protected resource, the resource server MUST include the HTTP
// "WWW-Authenticate" response header field". 3.1 has the three errors.

const realm = `Bearer realm="weir"`

// needed answers a request without a token. RFC 6750 3.1: then the answer "SHOULD NOT include an error code or other
// error information".
func needed(how string) *engine.HTTPError {
	return &engine.HTTPError{Status: http.StatusUnauthorized, Body: "a token is needed: " + how + "\n",
		Header: http.Header{"Www-Authenticate": {realm}}}
}

// malformed answers a request that shows its token in a wrong way.
func malformed(why string) *engine.HTTPError {
	return refuse(http.StatusBadRequest, "invalid_request", why)
}

// invalid answers a token that is no good.
func invalid(why error) *engine.HTTPError {
	return refuse(http.StatusUnauthorized, "invalid_token", "the token is refused: "+why.Error())
}

// tooWeak answers a token that is good for something else.
func tooWeak(why string) *engine.HTTPError {
	return refuse(http.StatusForbidden, "insufficient_scope", why)
}

// refuse makes the answer. text goes into a quoted string, so it has neither quotes nor backslashes, and never a part
// of the token.
func refuse(status int, code, text string) *engine.HTTPError {
	return &engine.HTTPError{Status: status, Body: text + "\n",
		Header: http.Header{"Www-Authenticate": {realm + `, error="` + code + `", error_description="` + text + `"`}}}
}

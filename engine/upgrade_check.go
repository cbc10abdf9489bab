package engine

import (
	"net/http"
	"strings"
)

// checkUpgrade decides whether a request is a correct opening handshake (RFC 6455 4.2.1) and
// returns its Sec-WebSocket-Key. The request may come from parseHead or from a net/http server.
//
// RFC 6455 4.2.1: where the handshake does not match, "the server MUST stop processing the
// client's handshake and return an HTTP response with an appropriate error code (such as
// 400 Bad Request)". Where several things are wrong the first of this list is answered:
//
//  1. HTTP version: 505 for another major version, 400 for 1.0
//  2. method: 405
//  3. a body: 400
//  4. Host: 400
//  5. Upgrade, then Connection: 400
//  6. Sec-WebSocket-Version: 400 if repeated, else 426; before the key, because another
//     version may have another kind of key
//  7. Sec-WebSocket-Key: 400
//
// Origin (403) and then the application come after all of these, so that both only ever
// see handshakes that are otherwise correct.
//
// An error wraps errNotUpgrade if the request has no sign of WebSocket: no such Upgrade token and
// no Sec-WebSocket-Key or -Version. A request with some of these is a handshake that
// somebody broke, usually a proxy, and is told what is missing from it.
func checkUpgrade(r *http.Request) (key string, err *HTTPError) {
	isUpgrade := hasToken(r.Header["Upgrade"], "websocket")
	if key, err = checkHandshake(r, isUpgrade); err == nil {
		return key, nil
	}
	if !isUpgrade && r.Header["Sec-Websocket-Key"] == nil && r.Header["Sec-Websocket-Version"] == nil {
		err.cause = errNotUpgrade
	}
	// RFC 9110 9.3.2: "the server MUST NOT send content in the response" to HEAD.
	err.noBody = r.Method == http.MethodHead
	return "", err
}

func checkHandshake(r *http.Request, isUpgrade bool) (string, *HTTPError) {
	h := r.Header
	// 4.2.1 (1): "An HTTP/1.1 or higher GET request".
	switch {
	case r.ProtoMajor > 1:
		return "", &HTTPError{Status: http.StatusHTTPVersionNotSupported, Body: "a WebSocket handshake here is an HTTP/1.1 request"}
	case r.ProtoMajor != 1 || r.ProtoMinor != 1:
		return "", badRequest("a WebSocket handshake is an HTTP/1.1 request; does a proxy in between speak HTTP/1.0?")
	case r.Method != http.MethodGet:
		return "", &HTTPError{Status: http.StatusMethodNotAllowed, Header: http.Header{"Allow": {"GET"}}, Body: "a WebSocket handshake is a GET request"}
	case r.ContentLength != 0 || len(r.TransferEncoding) > 0:
		// RFC 6455 gives a body no place: frames start right behind the head.
		return "", badRequest("a WebSocket handshake has no body")
	case r.Host == "": // 4.2.1 (2): "A |Host| header field containing the server's authority."
		return "", badRequest("the Host header is missing")
	case !isUpgrade:
		// 4.2.1 (3): "An |Upgrade| header field containing the value "websocket", treated as
		// an ASCII case-insensitive value." RFC 9110 7.8 makes it a list.
		return "", badRequest(`this is a WebSocket endpoint, and "Upgrade: websocket" is missing; if a proxy is in between, it must pass Upgrade on`)
	case !hasToken(h["Connection"], "upgrade"):
		// 4.2.1 (4): "A |Connection| header field that includes the token "Upgrade", treated
		// as an ASCII case-insensitive value."
		return "", badRequest(`"Connection: Upgrade" is missing; if a proxy is in between, it must set it`)
	}
	// 4.2.1 (6): "A |Sec-WebSocket-Version| header field, with a value of 13." 11.3.5: it "MUST NOT
	// appear more than once in an HTTP request". Repeated (or joined into a list on the
	// way) is 400 even where 13 is among them: 426 asks the client to come again with 13,
	// which would be no news to it.
	version := h["Sec-Websocket-Version"]
	if len(version) > 1 || len(version) == 1 && strings.Contains(version[0], ",") {
		return "", badRequest("more than one Sec-WebSocket-Version")
	}
	if len(version) == 0 || version[0] != "13" {
		// 4.2.2 (4): the server "MUST abort the WebSocket handshake [...] and instead send an
		// appropriate HTTP error code (such as 426 Upgrade Required) and a |Sec-WebSocket-Version|
		// header field indicating the version(s) the server is capable of understanding".
		// RFC 9110 15.5.22: "The server MUST send an Upgrade header field in a 426 response".
		return "", &HTTPError{Status: http.StatusUpgradeRequired, Body: "this server speaks version 13 of the WebSocket protocol",
			Header: http.Header{"Sec-Websocket-Version": {"13"}, "Upgrade": {"websocket"}}}
	}
	keys := h["Sec-Websocket-Key"]
	if len(keys) != 1 { // 11.3.1: "MUST NOT appear more than once in an HTTP request"
		return "", badRequest("a WebSocket handshake has exactly one Sec-WebSocket-Key")
	}
	if !validKey(keys[0]) {
		return "", badRequest("Sec-WebSocket-Key is not the base64 of 16 bytes")
	}
	return keys[0], nil
}

// validKey checks 4.2.1 (5): "a base64-encoded value that, when decoded, is 16 bytes in length".
// That is 22 digits and two pad characters. The last digit carries four bits that mean
// nothing, which RFC 4648 3.5 lets a decoder insist on being zero; RFC 6455's own example of a
// key, "AQIDBAUGBwgJCgsMDQ4PEC==", has one of them set, so we don't insist.
func validKey(k string) bool {
	if len(k) != 24 || k[22:] != "==" {
		return false
	}
	for i := range 22 {
		c := k[i]
		if !(c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '+' || c == '/') {
			return false
		}
	}
	return true
}

// hasToken reports whether the comma-separated list in lines contains want, in any letter case.
// RFC 9110 5.3: several lines of a field mean the same as one with their values joined by
// commas; 5.6.1: "A recipient MUST parse and ignore a reasonable number of empty list elements".
func hasToken(lines []string, want string) bool {
	for _, l := range lines {
		for l != "" {
			var t string
			t, l, _ = strings.Cut(l, ",")
			if equalFold(strings.Trim(t, " \t"), want) {
				return true
			}
		}
	}
	return false
}

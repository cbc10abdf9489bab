package engine

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAppendAccept(t *testing.T) {
	// RFC 6455 1.3: this key gets this answer.
	const key, sum = "dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
	const start = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + sum + "\r\n"
	for _, row := range []struct {
		name   string
		offer  []string
		accept Accept
		want   string // behind start
	}{
		{"plain", nil, Accept{}, "\r\n"},
		{"offered, none chosen", []string{"chat"}, Accept{}, "\r\n"},
		{"one of a list", []string{"chat, superchat"}, Accept{Subprotocol: "superchat"}, "Sec-WebSocket-Protocol: superchat\r\n\r\n"},
		{"in a second line, odd spacing", []string{"a", " ,b\t, c"}, Accept{Subprotocol: "b"}, "Sec-WebSocket-Protocol: b\r\n\r\n"},
		{"beside an entry that is no token", []string{"a/b, c"}, Accept{Subprotocol: "c"}, "Sec-WebSocket-Protocol: c\r\n\r\n"},
		{"headers, in order", nil, Accept{Header: http.Header{"X-B": {"2"}, "Set-Cookie": {"a=1", "b=\"\xc3\xa9\"\t"}, "x-a": {""}, "X-None": nil}},
			"Set-Cookie: a=1\r\nSet-Cookie: b=\"\xc3\xa9\"\t\r\nX-B: 2\r\nx-a: \r\n\r\n"},
		{"both", []string{"p"}, Accept{Subprotocol: "p", Header: http.Header{"X-A": {"1"}}}, "Sec-WebSocket-Protocol: p\r\nX-A: 1\r\n\r\n"},
	} {
		r := &http.Request{Header: http.Header{}}
		if row.offer != nil {
			r.Header["Sec-Websocket-Protocol"] = row.offer
		}
		got, err := appendAccept([]byte("before"), r, key, row.accept)
		if want := "before" + start + row.want; err != nil || string(got) != want {
			t.Errorf("%s: err %v\ngot  %q\nwant %q", row.name, err, got, want)
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(got[len("before"):])), nil)
		if err != nil || resp.StatusCode != 101 || resp.Header.Get("Sec-Websocket-Accept") != sum {
			t.Errorf("%s: net/http reads %v, %v", row.name, resp, err)
		}
	}
}

func TestAppendAcceptRefuses(t *testing.T) {
	for _, row := range []struct {
		name   string
		accept Accept
		says   string
	}{
		{"subprotocol not offered", Accept{Subprotocol: "x"}, "not a token the client offered"},
		{"subprotocol in other case", Accept{Subprotocol: "CHAT"}, "not a token the client offered"},
		{"part of one", Accept{Subprotocol: "cha"}, "not a token the client offered"},
		{"the whole list", Accept{Subprotocol: "chat, a/b"}, "not a token the client offered"},
		{"offered but no token", Accept{Subprotocol: "a/b"}, "not a token the client offered"},
		{"Upgrade", Accept{Header: http.Header{"Upgrade": {"h2c"}}}, "belongs to the handshake"},
		{"connection", Accept{Header: http.Header{"connection": {"close"}}}, "belongs to the handshake"},
		{"Sec-WebSocket-Accept", Accept{Header: http.Header{"Sec-WebSocket-Accept": {"x"}}}, "belongs to the handshake"},
		{"Sec-Websocket-Protocol", Accept{Header: http.Header{"Sec-Websocket-Protocol": {"chat"}}}, "belongs to the handshake"},
		{"sec-websocket-extensions", Accept{Header: http.Header{"sec-websocket-extensions": {"permessage-deflate"}}}, "belongs to the handshake"},
		{"Content-Length", Accept{Header: http.Header{"Content-Length": {"0"}}}, "belongs to the handshake"},
		{"Transfer-Encoding", Accept{Header: http.Header{"Transfer-Encoding": {"chunked"}}}, "belongs to the handshake"},
		{"CR LF in a value", Accept{Header: http.Header{"X-A": {"1\r\nX-B: 2"}}}, "control character"},
		{"LF in a value", Accept{Header: http.Header{"X-A": {"fine", "1\n"}}}, "control character"},
		{"NUL in a value", Accept{Header: http.Header{"X-A": {"\x00"}}}, "control character"},
		{"empty name", Accept{Header: http.Header{"": {"1"}}}, "not a token"},
		{"CR LF in a name", Accept{Header: http.Header{"X-A: 1\r\nX-B": {"2"}}}, "not a token"},
	} {
		r := &http.Request{Header: http.Header{"Sec-Websocket-Protocol": {"chat, a/b"}}}
		got, err := appendAccept([]byte("before"), r, "dGhlIHNhbXBsZSBub25jZQ==", row.accept)
		if err == nil || !strings.Contains(err.Error(), row.says) || string(got) != "before" {
			t.Errorf("%s: err %v, dst %q", row.name, err, got)
		}
	}
}

func TestAppendReject(t *testing.T) {
	const plain = "Content-Type: text/plain; charset=utf-8\r\n"
	for _, row := range []struct {
		name string
		err  HTTPError
		want string
	}{
		{"status text for a body", HTTPError{Status: 400},
			"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n" + plain + "Content-Length: 11\r\n\r\nBad Request"},
		{"body", HTTPError{Status: 403, Body: "caf\u00e9\n"},
			"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n" + plain + "Content-Length: 6\r\n\r\ncaf\u00e9\n"},
		{"headers", HTTPError{Status: 429, Header: http.Header{"Retry-After": {"3"}, "Allow": {"GET"}}},
			"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n" + plain + "Content-Length: 17\r\nAllow: GET\r\nRetry-After: 3\r\n\r\nToo Many Requests"},
		{"own content type", HTTPError{Status: 401, Header: http.Header{"Content-Type": {"application/json"}}, Body: "{}"},
			"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"},
		{"426 names the upgrade, and the option that goes with it", HTTPError{Status: 426, Header: http.Header{"Upgrade": {"websocket"}}, Body: "v"},
			"HTTP/1.1 426 Upgrade Required\r\nConnection: close, Upgrade\r\n" + plain + "Content-Length: 1\r\nUpgrade: websocket\r\n\r\nv"},
		{"framing is ours", HTTPError{Status: 404, Body: "x", Header: http.Header{"connection": {"keep-alive"}, "Content-Length": {"99"},
			"Transfer-Encoding": {"chunked"}, "Trailer": {"X"}, "Keep-Alive": {"timeout=5"}}},
			"HTTP/1.1 404 Not Found\r\nConnection: close\r\n" + plain + "Content-Length: 1\r\n\r\nx"},
		{"a header that would split the answer is left out", HTTPError{Status: 404, Body: "x", Header: http.Header{"X-A": {"1\r\nX-B: 2"}, "X B": {"2"}, "X-C": {"3"}}},
			"HTTP/1.1 404 Not Found\r\nConnection: close\r\n" + plain + "Content-Length: 1\r\nX-C: 3\r\n\r\nx"},
		{"redirect", HTTPError{Status: 307, Header: http.Header{"Location": {"/v2"}}},
			"HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\n" + plain + "Content-Length: 18\r\nLocation: /v2\r\n\r\nTemporary Redirect"},
		{"no content", HTTPError{Status: 204, Body: "ignored"}, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"},
		{"not modified", HTTPError{Status: 304}, "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n"},
		{"status without a text", HTTPError{Status: 599},
			"HTTP/1.1 599 \r\nConnection: close\r\n" + plain + "Content-Length: 0\r\n\r\n"},
		{"zero", HTTPError{}, "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n" + plain + "Content-Length: 21\r\n\r\nInternal Server Error"},
		{"101 is no refusal", HTTPError{Status: 101, Body: "x"}, "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n" + plain + "Content-Length: 1\r\n\r\nx"},
		{"600", HTTPError{Status: 600, Body: "x"}, "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n" + plain + "Content-Length: 1\r\n\r\nx"},
	} {
		got := appendReject([]byte("before"), &row.err)
		if string(got) != "before"+row.want {
			t.Errorf("%s:\ngot  %q\nwant %q", row.name, got, "before"+row.want)
		}
		resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(got[len("before"):])), nil)
		if err != nil || !resp.Close {
			t.Errorf("%s: net/http reads %v, %v", row.name, resp, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || !strings.HasSuffix(row.want, "\r\n\r\n"+string(body)) {
			t.Errorf("%s: net/http reads the body %q, %v", row.name, body, err)
		}
	}
}

// RFC 9110 9.3.2: an answer to HEAD has the length of the content it would have, and no content.
func TestRejectHead(t *testing.T) {
	r, herr := parseHead([]byte(without("GET", "HEAD /chat HTTP/1.1")))
	if herr != nil {
		t.Fatal(herr)
	}
	_, herr = checkUpgrade(r)
	out := appendReject(nil, herr)
	if !bytes.HasSuffix(out, []byte("\r\n\r\n")) || !bytes.Contains(out, []byte("\r\nContent-Length: 38\r\n")) || !bytes.Contains(out, []byte("\r\nAllow: GET\r\n")) {
		t.Errorf("%q", out)
	}
}

// What a client offers may be an access token, and the error goes to a log.
func TestAcceptErrorHidesWhatWasOffered(t *testing.T) {
	r := &http.Request{Header: http.Header{"Sec-Websocket-Protocol": {"a, token.s3cret"}}}
	_, err := appendAccept(nil, r, "", Accept{Subprotocol: "b"})
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("error %v", err)
	}
}

package auth

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Where a token is looked for, and what is answered where it is not as it should be.
func TestFind(t *testing.T) {
	const tok = "aaaaaaaa.bbbbbbbb-_~+/.cccccccc=="
	both := ways{subprotocol: true, query: true}
	for _, row := range []struct {
		name   string
		header string // lines, "\n" between them
		query  string
		may    ways
		token  string
		status int
		say    string
	}{
		{"nothing", "", "", both, "", 0, ""},
		{"header", "Authorization: Bearer " + tok, "", ways{}, tok, 0, ""},
		{"scheme in other case, more spaces", "Authorization: bEARER   " + tok + " ", "", ways{}, tok, 0, ""},
		{"another scheme is not for us", "Authorization: Basic YWxhZGRpbg==", "", both, "", 0, ""},
		{"another scheme, and the token elsewhere", "Authorization: Basic YWxhZGRpbg==\nSec-WebSocket-Protocol: weir.v1, weir.token.abc", "", both, "abc", 0, ""},
		{"two headers", "Authorization: Bearer " + tok + "\nAuthorization: Bearer " + tok, "", both, "", 400, "more than one Authorization header"},
		{"two headers of different schemes", "Authorization: Basic x\nAuthorization: Bearer " + tok, "", both, "", 400, "more than one Authorization header"},
		{"no token behind the scheme", "Authorization: Bearer", "", both, "", 401, "it is empty"},
		{"spaces in it", "Authorization: Bearer aaaaaaaa bbbbbbbb", "", both, "", 401, "bytes that no token has"},
		{"a quote in it", `Authorization: Bearer "aaaaaaaa"`, "", both, "", 401, "bytes that no token has"},
		{"huge", "Authorization: Bearer " + strings.Repeat("a", 8193), "", both, "", 401, "too long"},
		{"as large as can be", "Authorization: Bearer " + strings.Repeat("a", 8192), "", both, strings.Repeat("a", 8192), 0, ""},

		{"subprotocol", "Sec-WebSocket-Protocol: weir.v1, weir.token.aaaa.bbbb", "", both, "aaaa.bbbb", 0, ""},
		{"on two lines, ours last", "Sec-WebSocket-Protocol: weir.token.aaaa\nSec-WebSocket-Protocol: chat ,weir.v1", "", both, "aaaa", 0, ""},
		{"in MessagePack", "Sec-WebSocket-Protocol: weir.token.aaaa, weir.v1.msgpack", "", both, "aaaa", 0, ""},
		{"without ours", "Sec-WebSocket-Protocol: weir.token.aaaa", "", both, "", 400, "weir.token.TOKEN needs weir.v1 or weir.v1.msgpack beside it"},
		{"two of them", "Sec-WebSocket-Protocol: weir.v1, weir.token.aaaa, weir.token.aaaa", "", both, "", 400, "more than one token"},
		{"an empty one", "Sec-WebSocket-Protocol: weir.v1, weir.token.", "", both, "", 401, "it is empty"},
		{"not asked for", "Sec-WebSocket-Protocol: weir.v1, weir.token.aaaa", "", ways{}, "", 0, ""},
		{"header and subprotocol", "Authorization: Bearer aaaa\nSec-WebSocket-Protocol: weir.v1, weir.token.aaaa", "", both, "", 400, "more than one token"},

		{"query", "", "access_token=aaaa.bbbb&x=1", both, "aaaa.bbbb", 0, ""},
		{"query with escapes", "", "x&access%5ftoken=a%2Eb", both, "a.b", 0, ""},
		{"query, not asked for", "", "access_token=aaaa", ways{subprotocol: true}, "", 0, ""},
		{"twice in the query", "", "access_token=aaaa&access_token=aaaa", both, "", 400, "more than one token"},
		{"header and query", "Authorization: Bearer aaaa", "access_token=aaaa", both, "", 400, "more than one token"},
		{"an empty one in the query", "", "access_token=", both, "", 401, "it is empty"},
	} {
		r := httptest.NewRequest("GET", "/feed?"+row.query, nil)
		for line := range strings.SplitSeq(row.header, "\n") {
			if name, value, ok := strings.Cut(line, ": "); ok {
				r.Header.Add(name, value)
			} else if line != "" {
				r.Header.Add(strings.TrimSuffix(line, ":"), "")
			}
		}
		token, herr := find(r, row.may)
		status, body := 0, ""
		if herr != nil {
			status, body = herr.Status, herr.Body
		}
		if token != row.token || status != row.status || !strings.Contains(body, row.say) {
			t.Errorf("%s: token %.40q, status %d, %q", row.name, token, status, body)
		}
		if herr != nil && (strings.Contains(body, "aaaa") || strings.Contains(herr.Header.Get("Www-Authenticate"), "aaaa")) {
			t.Errorf("%s: the answer has the token: %v", row.name, herr)
		}
	}
}

// A token in the query is gone from the request afterwards, wherever it was found or refused; the rest of the query stays.
func TestQueryIsScrubbed(t *testing.T) {
	for _, q := range []string{"access_token=s3cret&x=1", "x=1&access_token=s3cret&access_token=s3cret", "access%5Ftoken=s3cret&x=1"} {
		r := httptest.NewRequest("GET", "http://h/feed?"+q, nil)
		before := r.URL
		_, _ = find(r, ways{query: true})
		if s := r.URL.String() + r.RequestURI; strings.Contains(s, "s3cret") || r.URL.RawQuery != "x=1" || r.RequestURI != "/feed?x=1" {
			t.Errorf("%s: %s is left", q, s)
		}
		if before.RawQuery != q {
			t.Error("the URL itself was changed, which others may share")
		}
	}
	r := httptest.NewRequest("GET", "/feed?b=2&a=1", nil)
	if _, _ = find(r, ways{query: true}); r.URL.RawQuery != "b=2&a=1" {
		t.Errorf("a query without a token became %s", r.URL.RawQuery)
	}
}

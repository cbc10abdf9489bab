package auth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/weir-ws/weir/engine"
)

// The answers of a handshake and of a publisher, with RFC 6750's header.
func TestAnswers(t *testing.T) {
	s := issuer()
	a := newJWT(t, JWTConfig{}, keySet(s.jwks()...))
	hs := func(c map[string]any) string { return s.sign(t, jwt.SigningMethodHS256, "h", c) }
	rights := func(sub, pub []string) any { return map[string]any{"subscribe": sub, "publish": pub} }
	for _, row := range []struct {
		name         string
		token        string
		publisher    bool
		status       int
		body, header string
	}{
		{"none", "", false, 401, "a token is needed: Authorization: Bearer TOKEN, or the subprotocols weir.v1 and weir.token.TOKEN\n", `Bearer realm="weir"`},
		{"none to publish with", "", true, 401, "a token is needed: Authorization: Bearer TOKEN\n", `Bearer realm="weir"`},
		{"good", hs(good()), false, 0, "", ""},
		{"good to publish with", hs(good()), true, 0, "", ""},
		{"expired", hs(good("exp", 1)), false, 401, "the token is refused: it has expired\n",
			`Bearer realm="weir", error="invalid_token", error_description="the token is refused: it has expired"`},
		{"no rights", hs(good("weir", nil)), false, 403, "the token allows nothing here\n",
			`Bearer realm="weir", error="insufficient_scope", error_description="the token allows nothing here"`},
		{"to publish only", hs(good("weir", rights(nil, []string{"a"}))), false, 0, "", ""},
		{"to subscribe only", hs(good("weir", rights([]string{"a"}, nil))), false, 0, "", ""},
		{"to subscribe only, and publishes", hs(good("weir", rights([]string{"a"}, nil))), true, 403, "the token does not allow to publish\n",
			`Bearer realm="weir", error="insufficient_scope", error_description="the token does not allow to publish"`},
		{"a space in it", "a b", false, 401, "the token is refused: it is empty, too long or has bytes that no token has\n",
			`Bearer realm="weir", error="invalid_token", error_description="the token is refused: it is empty, too long or has bytes that no token has"`},
	} {
		r := httptest.NewRequest("GET", "/feed", nil)
		if row.token != "" {
			r.Header.Set("Authorization", "Bearer "+row.token)
		}
		ask := a.Subscriber
		if row.publisher {
			ask = a.Publisher
		}
		u, err := ask(r)
		if row.status == 0 {
			if _, ok := u.(*User); !ok || err != nil {
				t.Errorf("%s: %v, %v", row.name, u, err)
			}
			continue
		}
		var he *engine.HTTPError
		if !errors.As(err, &he) || he.Status != row.status || he.Body != row.body || he.Header.Get("Www-Authenticate") != row.header || u != nil {
			t.Errorf("%s: %v, %+v", row.name, u, he)
			continue
		}
		if leaks(he.Error()+he.Header.Get("Www-Authenticate"), row.token) {
			t.Errorf("%s: the answer has the token", row.name)
		}
	}
}

// Every reason can stand in a quoted string of the header as it is.
func TestReasonsNeedNoEscaping(t *testing.T) {
	for _, err := range []error{errNoJWT, errAlgorithm, errCritical, errNoKey, errSignature, errExpired, errEarly, errAudience,
		errIssuer, errClaim, errRights, errUnknown, errNoToken, errOther} {
		for _, c := range err.Error() {
			// RFC 6750 3: "Values for the "error" and "error_description" attributes MUST NOT include characters outside
			// the set %x20-21 / %x23-5B / %x5D-7E."
			if c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
				t.Errorf("%v has %q", err, c)
			}
		}
	}
}

// A refresh is another token of the same issuer and subject.
func TestRefresh(t *testing.T) {
	s := issuer()
	a := newJWT(t, JWTConfig{}, keySet(s.jwks()...))
	hs := func(c map[string]any) string { return s.sign(t, jwt.SigningMethodHS256, "h", c) }
	old, err := a.verify(hs(good("iss", "x")))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name  string
		old   any
		token string
		want  string
	}{
		{"more time, other rights, another key", old, s.sign(t, jwt.SigningMethodEdDSA, "e", good("iss", "x", "exp", now.Unix()+3600, "weir", nil)), ""},
		{"another subject", old, hs(good("iss", "x", "sub", "bob")), "it is not of the same subject"},
		{"another issuer's", old, hs(good("iss", "y")), "it is not of the same subject"},
		{"no subject", old, hs(good("iss", "x", "sub", nil)), "it is not of the same subject"},
		{"somebody else's user", "ann", hs(good("iss", "x")), "it is not of the same subject"},
		{"expired", old, hs(good("iss", "x", "exp", 1)), "it has expired"},
		{"nothing", old, "", "it is empty"},
		{"a header", old, "Bearer " + hs(good("iss", "x")), "bytes that no token has"},
		{"huge", old, strings.Repeat("a", 8193), "too long"},
	} {
		u, err := a.Refresh(row.old, row.token)
		var he *engine.HTTPError
		switch {
		case row.want == "":
			if n, ok := u.(*User); err != nil || !ok || !n.Expires().Equal(now.Add(time.Hour)) || !n.sub.None() {
				t.Errorf("%s: %+v, %v", row.name, u, err)
			}
		case !errors.As(err, &he) || he.Status != http.StatusUnauthorized || !strings.Contains(he.Body, row.want) || leaks(he.Body, row.token):
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// The query is used only where that is allowed, and only for handshakes.
func TestQueryIsOptional(t *testing.T) {
	path := write(t, "ann "+tokenA+" subscribe=* publish=*")
	for _, query := range []bool{false, true} {
		a, err := New(Config{Method: Tokens, Tokens: path, Query: query})
		if err != nil {
			t.Fatal(err)
		}
		request := func() *http.Request { return httptest.NewRequest("GET", "/feed?access_token="+tokenA, nil) }
		_, err = a.Subscriber(request())
		if (err == nil) != query {
			t.Errorf("query %v: %v", query, err)
		}
		if err != nil && strings.Contains(err.Error(), "?access_token") != query {
			t.Errorf("query %v: %v", query, err)
		}
		if _, err := a.Publisher(request()); err == nil {
			t.Errorf("query %v: a publisher's token stood in the query", query)
		}
	}
}

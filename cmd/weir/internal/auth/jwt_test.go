package auth

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

func newJWT(t testing.TB, cfg JWTConfig, keys string) *Auth {
	t.Helper()
	cfg.Keys = write(t, keys)
	if cfg.Claim == "" {
		cfg.Claim = "weir"
	}
	a, err := New(Config{Method: JWT, JWT: cfg, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// What is good, by each algorithm, and what it allows.
func TestJWT(t *testing.T) {
	s := issuer()
	a := newJWT(t, JWTConfig{Leeway: 30 * time.Second}, keySet(s.jwks()...))
	if a.String() != "JSON web tokens, keys of "+a.cfg.JWT.Keys+" (3)" || !a.Refreshes() {
		t.Errorf("it is %s", a)
	}
	for _, row := range []struct {
		name  string
		token string
	}{
		{"HS256", s.sign(t, jwt.SigningMethodHS256, "h", good())},
		{"RS256", s.sign(t, jwt.SigningMethodRS256, "r", good())},
		{"EdDSA", s.sign(t, jwt.SigningMethodEdDSA, "e", good())},
		{"without kid, and one key of its type", s.sign(t, jwt.SigningMethodEdDSA, "-", good())},
		{"a fraction of a second", s.sign(t, jwt.SigningMethodHS256, "h", good("exp", float64(now.Unix())+60.5))},
		{"nbf and iat that have been", s.sign(t, jwt.SigningMethodHS256, "h", good("nbf", now.Unix(), "iat", now.Unix()))},
		{"nbf within the leeway", s.sign(t, jwt.SigningMethodHS256, "h", good("nbf", now.Unix()+30))},
		{"another typ and more claims", s.sign(t, jwt.SigningMethodHS256, "h", good("scope", "x", "jti", "y"), "typ", "at+jwt")},
	} {
		u, err := a.verify(row.token)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if !u.MaySubscribe("a@trade") || u.MaySubscribe("news") || !u.MayPublish("news") || u.MayPublish("a@trade") {
			t.Errorf("%s: rights %+v", row.name, u)
		}
		if want := now.Add(90 * time.Second); !u.Expires().Equal(want) {
			t.Errorf("%s: expires %v, want exp and the leeway, %v", row.name, u.Expires(), want)
		}
	}
}

// What is bad, and the reason that is given. None of them may be told from the token's bytes.
func TestBadJWT(t *testing.T) {
	s := issuer()
	strict := newJWT(t, JWTConfig{Issuer: "https://id.example", Audience: []string{"weir", "other"}}, keySet(s.jwks()...))
	a := newJWT(t, JWTConfig{}, keySet(s.jwks()...))
	hs := func(c map[string]any, header ...string) string {
		return s.sign(t, jwt.SigningMethodHS256, "h", c, header...)
	}
	for _, row := range []struct {
		name, token string
		want        error
	}{
		// the form
		{"empty", "", errNoJWT},
		{"one part", "abc", errNoJWT},
		{"two parts", "abc.def", errNoJWT},
		{"four parts", hs(good()) + ".x", errNoJWT},
		{"a thousand parts", strings.Repeat(".", 1000), errNoJWT},
		{"not base64", "%%%." + strings.Repeat("a", 10) + ".b", errNoJWT},
		{"padding", strings.Replace(hs(good()), ".", "=.", 1), errNoJWT},
		{"a header that is no object", forge(t, `[]`, `{}`), errNoJWT},
		{"claims that are no object", forge(t, `{"alg":"HS256"}`, `[]`), errNoJWT},
		{"bits behind the signature's end", loosen(hs(good())), errNoJWT},

		// the algorithm
		{"none", s.sign(t, jwt.SigningMethodNone, "h", good()), errAlgorithm},
		{"None", forge(t, `{"alg":"None","kid":"h"}`, `{}`), errAlgorithm},
		{"no alg", forge(t, `{"kid":"h"}`, `{}`), errAlgorithm},
		{"alg is a number", forge(t, `{"alg":256,"kid":"h"}`, `{}`), errAlgorithm},
		{"HS512", s.sign(t, jwt.SigningMethodHS512, "h", good()), errAlgorithm},
		{"RS512", s.sign(t, jwt.SigningMethodRS512, "r", good()), errAlgorithm},
		{"PS256", s.sign(t, jwt.SigningMethodPS256, "r", good()), errAlgorithm},
		{"ES256, no such key", forge(t, `{"alg":"ES256","kid":"r"}`, `{}`), errAlgorithm},

		// keys: the kid alone never decides
		{"HS256 with the RSA key's kid", s.sign(t, jwt.SigningMethodHS256, "r", good()), errNoKey},
		{"HS256 with the public RSA key in PEM as the secret", confuse(t, s, "r", false), errNoKey},
		{"the same, and the secret's kid", confuse(t, s, "h", false), errSignature},
		{"the same with the modulus as the secret", confuse(t, s, "h", true), errSignature},
		{"RS256 with the secret's kid", s.sign(t, jwt.SigningMethodRS256, "h", good()), errNoKey},
		{"an unknown kid", s.sign(t, jwt.SigningMethodHS256, "x", good()), errNoKey},
		{"an empty kid", s.sign(t, jwt.SigningMethodHS256, "", good()), errNoKey},
		{"a kid that is a path", s.sign(t, jwt.SigningMethodHS256, "../../dev/null", good()), errNoKey},
		{"a kid that is a number", forge(t, `{"alg":"HS256","kid":1}`, `{}`), errNoKey},
		{"its own key in the header", s.sign(t, jwt.SigningMethodHS256, "x", good(), "jwk", "{}"), errNoKey},
		{"crit", hs(good(), "crit", "exp"), errCritical},
		{"b64 false in crit", hs(good(), "b64", "false", "crit", "b64"), errCritical},

		// the signature
		{"another claim", swap(t, hs(good()), hs(good("sub", "root"))), errSignature},
		{"another's signature", s.other().sign(t, jwt.SigningMethodEdDSA, "e", good()), errSignature},
		{"one bit", flip(hs(good())), errSignature},
		{"no signature", strings.TrimRight(hs(good()), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"), errSignature},
		{"a bad signature comes before what is in it", flip(hs(good("exp", 1))), errSignature},

		// the claims
		{"expired", hs(good("exp", now.Unix()-1)), errExpired},
		{"expires now", hs(good("exp", now.Unix())), errExpired},
		{"expired before 1970", hs(good("exp", -5)), errExpired},
		{"no exp", hs(good("exp", nil)), errClaim},
		{"exp is null", hs(map[string]any{"exp": nil}), errClaim},
		{"exp is a string", hs(good("exp", "soon")), errNoJWT},
		{"claims are null", resign(t, s, `null`), errClaim},
		{"not yet", hs(good("nbf", now.Unix()+1)), errEarly},
		{"for an audience, and we are none", hs(good("aud", "weir")), errAudience},
		{"for several", hs(good("aud", []string{"weir", "x"})), errAudience},

		// the rights
		{"rights are a string", hs(good("weir", "*")), errRights},
		{"rights are numbers", hs(good("weir", map[string]any{"subscribe": []int{1}})), errRights},
		{"a pattern that is none", hs(good("weir", map[string]any{"subscribe": []string{"a b"}})), errRights},
		{"too many patterns", hs(good("weir", map[string]any{"publish": make([]string, 257)})), errRights},
	} {
		_, err := a.verify(row.token)
		if err == nil || !strings.HasPrefix(err.Error(), row.want.Error()) {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
	const iss = "https://id.example"
	for _, row := range []struct {
		name  string
		token string
		want  error
	}{
		{"no aud", hs(good("iss", iss)), errClaim},
		{"another aud", hs(good("iss", iss, "aud", "shop")), errAudience},
		{"a part of it", hs(good("iss", iss, "aud", "wei")), errAudience},
		{"no iss", hs(good("aud", "weir")), errClaim},
		{"another iss", hs(good("iss", iss+"/", "aud", "weir")), errIssuer},
		{"one of two", hs(good("iss", iss, "aud", "weir")), nil},
		{"one of many", hs(good("iss", iss, "aud", []string{"shop", "other"})), nil},
	} {
		_, err := strict.verify(row.token)
		if err != row.want {
			t.Errorf("%s: %v, want %v", row.name, err, row.want)
		}
	}
}

// A token without rights, or with odd times.
func TestOddJWT(t *testing.T) {
	s := issuer()
	a := newJWT(t, JWTConfig{WithoutExp: true, Claim: "https://weir.example/rights"}, keySet(s.jwks()...))
	u, err := a.verify(s.sign(t, jwt.SigningMethodHS256, "h", good("exp", nil)))
	if err != nil || !u.Expires().IsZero() || !u.sub.None() || !u.pub.None() {
		t.Errorf("%+v, %v", u, err)
	}
	u, err = a.verify(s.sign(t, jwt.SigningMethodHS256, "h", good("https://weir.example/rights", map[string]any{"subscribe": []string{"*"}})))
	if err != nil || !u.MaySubscribe("x") || u.MayPublish("x") {
		t.Errorf("%+v, %v", u, err)
	}
	// A time that no clock has is refused or far off, but it never wraps into the past or into no end.
	for _, exp := range []any{1e11, 1e15, 1e18, 1e30, 1e300} {
		u, err := a.verify(s.sign(t, jwt.SigningMethodHS256, "h", good("exp", exp)))
		if err == nil && (u.Expires().Year() > 9999 || u.Expires().UnixMilli() < now.UnixMilli()) {
			t.Errorf("exp %v: %v", exp, u.Expires())
		}
	}
}

// other is another issuer with the same names.
func (s *signer) other() *signer {
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	return &signer{secret: make([]byte, 32), rsa: s.rsa, ed: ed}
}

// forge makes a token with a signature that is none.
func forge(t *testing.T, header, claims string) string {
	t.Helper()
	return b64([]byte(header)) + "." + b64([]byte(claims)) + "." + b64([]byte("signature"))
}

// resign signs claims that no library would make.
func resign(t *testing.T, s *signer, claims string) string {
	t.Helper()
	text := b64([]byte(`{"alg":"HS256","kid":"h"}`)) + "." + b64([]byte(claims))
	sig, err := jwt.SigningMethodHS256.Sign(text, s.secret)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(sig)
}

// confuse signs with HS256 and the public RSA key as the secret, which is how a verifier is tricked that takes the
// algorithm from the token.
func confuse(t *testing.T, s *signer, kid string, modulus bool) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(&s.rsa.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	if modulus {
		secret = s.rsa.N.Bytes()
	}
	return (&signer{secret: secret}).sign(t, jwt.SigningMethodHS256, kid, good())
}

// swap puts the claims of b into a.
func swap(t *testing.T, a, b string) string {
	t.Helper()
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	return x[0] + "." + y[1] + "." + x[2]
}

// flip changes a bit of the signature.
func flip(token string) string {
	i := strings.LastIndexByte(token, '.')
	sig, _ := base64.RawURLEncoding.DecodeString(token[i+1:])
	sig[0] ^= 1
	return token[:i+1] + b64(sig)
}

// loosen sets a bit behind the last byte: base64 of 32 bytes has two of them.
func loosen(token string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(digits, token[len(token)-1])
	return token[:len(token)-1] + string(digits[last|1])
}

// FuzzJWT: whatever comes, verifying it neither panics nor says anything of it.
func FuzzJWT(f *testing.F) {
	s := issuer()
	a := newJWT(f, JWTConfig{}, keySet(s.jwks()...))
	f.Add(s.sign(f, jwt.SigningMethodHS256, "h", good()))
	f.Add(s.sign(f, jwt.SigningMethodNone, "h", good()))
	f.Add("a.b.c")
	f.Fuzz(func(t *testing.T, token string) {
		u, err := a.verify(token)
		if (u == nil) == (err == nil) {
			t.Fatalf("%v, %v", u, err)
		}
		if err != nil && leaks(err.Error(), token) {
			t.Fatalf("%q says %v", token, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	s := issuer()
	a := newJWT(b, JWTConfig{}, keySet(s.jwks()...))
	for name, token := range map[string]string{
		"HS256": s.sign(b, jwt.SigningMethodHS256, "h", good()),
		"RS256": s.sign(b, jwt.SigningMethodRS256, "r", good()),
		"EdDSA": s.sign(b, jwt.SigningMethodEdDSA, "e", good()),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.verify(token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

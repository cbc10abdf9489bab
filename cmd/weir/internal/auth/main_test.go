package auth

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"

	"github.com/weir-ws/weir/cmd/weir/internal/testkit"
)

// The goroutines of a pool that gnet's packages make at their init are there from the start and never end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// signer is an issuer's keys, made once: an RSA key takes a while.
type signer struct {
	secret []byte
	rsa    *rsa.PrivateKey
	ed     ed25519.PrivateKey
}

var issuer = sync.OnceValue(func() *signer {
	s := &signer{secret: make([]byte, 32)}
	_, _ = rand.Read(s.secret)
	var err error
	if s.rsa, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		panic(err)
	}
	if _, s.ed, err = ed25519.GenerateKey(rand.Reader); err != nil {
		panic(err)
	}
	return s
})

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwks are the public halves, with the kids h, r and e.
func (s *signer) jwks() []map[string]any {
	return []map[string]any{
		{"kty": "oct", "kid": "h", "k": b64(s.secret)},
		{"kty": "RSA", "kid": "r", "alg": "RS256", "use": "sig", "n": b64(s.rsa.N.Bytes()), "e": b64(big.NewInt(int64(s.rsa.E)).Bytes())},
		{"kty": "OKP", "crv": "Ed25519", "kid": "e", "alg": "EdDSA", "key_ops": []string{"verify"}, "x": b64(s.ed.Public().(ed25519.PublicKey))},
	}
}

func keySet(list ...map[string]any) string {
	b, _ := json.Marshal(map[string]any{"keys": list})
	return string(b)
}

// sign makes a token. The key is by method; kid "-": none.
func (s *signer) sign(t testing.TB, method jwt.SigningMethod, kid string, claims map[string]any, header ...string) string {
	t.Helper()
	tok := jwt.NewWithClaims(method, jwt.MapClaims(claims))
	if kid != "-" {
		tok.Header["kid"] = kid
	}
	for i := 0; i < len(header); i += 2 {
		tok.Header[header[i]] = header[i+1]
	}
	var k crypto.PrivateKey = s.secret
	switch method {
	case jwt.SigningMethodRS256, jwt.SigningMethodRS512, jwt.SigningMethodPS256:
		k = s.rsa
	case jwt.SigningMethodEdDSA:
		k = s.ed
	case jwt.SigningMethodNone:
		k = jwt.UnsafeAllowNoneSignatureType
	}
	text, err := tok.SignedString(k)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

var now = time.Unix(1_700_000_000, 0)

// good are the claims of a token that is fine.
func good(change ...any) map[string]any {
	c := map[string]any{"sub": "ann", "exp": now.Unix() + 60,
		"weir": map[string]any{"subscribe": []string{"*@trade"}, "publish": []string{"news"}}}
	for i := 0; i < len(change); i += 2 {
		if change[i+1] == nil {
			delete(c, change[i].(string))
		} else {
			c[change[i].(string)] = change[i+1]
		}
	}
	return c
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	rewrite(t, path, text)
	return path
}

func rewrite(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// logBuffer is a logger and what it wrote.
type logBuffer struct{ testkit.Log }

func (l *logBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&l.Log, nil)) }

// leaks reports whether text has a part of token that could be of use.
func leaks(text, token string) bool {
	for part := range strings.SplitSeq(token, ".") {
		if len(part) >= 8 && strings.Contains(text, part) {
			return true
		}
	}
	return false
}

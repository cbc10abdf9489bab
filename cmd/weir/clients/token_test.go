package clients

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// secured starts a feed that wants tokens, and makes some: a good one, one signed by somebody else, and at a URL such as
// expire in a few seconds.
func secured(t *testing.T) (feed, good, bad, issuer string) {
	t.Helper()
	secret := []byte("0123456789abcdef0123456789abcdef")
	keys := filepath.Join(t.TempDir(), "jwks.json")
	set := fmt.Sprintf(`{"keys":[{"kty":"oct","kid":"a","k":%q}]}`, base64.RawURLEncoding.EncodeToString(secret))
	if err := os.WriteFile(keys, []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	sign := func(secret []byte, life time.Duration) string {
		text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": "ann", "exp": time.Now().Add(life).Unix(),
			"weir": map[string]any{"subscribe": []string{"*"}, "publish": []string{"news/*"}},
		}).SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	feed = start(t, build(t), "serve", "--listen", "127.0.0.1:0", "--origins", "*", "--auth-keys", keys,
		"--publish-to", "news/*", "--symbols", "0")
	short := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", "*")
		// The server's leeway of 30 s comes on top.
		fmt.Fprint(w, sign(secret, -27*time.Second))
	}))
	t.Cleanup(short.Close)
	return feed, sign(secret, time.Hour), sign(secret[:31], time.Hour), short.URL
}

func TestNodeToken(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package ws", exists("node_modules/ws"))
	feed, good, bad, issuer := secured(t)
	runScript(t, []string{"token ok"}, "node_token.mjs", feed, "news/node", good, bad, issuer)
}

func TestChromiumToken(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package playwright-core", exists("node_modules/playwright-core"))
	chromium := os.Getenv("CHROMIUM")
	if chromium == "" {
		chromium = "/usr/bin/chromium"
	}
	need(t, "chromium", exists(chromium))
	feed, good, bad, issuer := secured(t)
	runScript(t, []string{"token ok"}, "browser_token.mjs", feed, "news/browser", good, bad, issuer)
}

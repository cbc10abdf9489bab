package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

// A token in the URL where that is allowed, a refresh that gives more time and fewer rights, and the end of the time: all of it by
// the binary. The token is in no line of log, whatever the level.
func TestServeTokensInURLs(t *testing.T) {
	secret := []byte("0123456789abcdef0123456789abcdef")
	keys := filepath.Join(t.TempDir(), "jwks.json")
	set := fmt.Sprintf(`{"keys":[{"kty":"oct","kid":"a","k":%q}]}`, base64.RawURLEncoding.EncodeToString(secret))
	if err := os.WriteFile(keys, []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	sign := func(sub string, life time.Duration, channels ...string) string {
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
			"sub": sub, "exp": time.Now().Add(life).Unix(), "weir": map[string]any{"subscribe": channels},
		}).SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	args := []string{"--auth-keys", keys, "--auth-leeway", "off", "--log-level", "debug", "--symbols", "1", "--trade-rate", "0.001"}
	first := sign("ann", time.Hour, "*@trade", "*@bookTicker")

	without := startWeir(t, nil, args...)
	if _, r, err := websocket.Dial(t.Context(), without.url+"?access_token="+first, nil); err == nil || r.StatusCode != http.StatusUnauthorized {
		t.Fatalf("a token in the URL where that is not allowed: %v, %v", r, err)
	}

	s := startWeir(t, nil, append(args, "--auth-query")...)
	dial := func(token string) *websocket.Conn {
		t.Helper()
		c, _, err := websocket.Dial(t.Context(), s.url+"?access_token="+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.CloseNow() })
		return c
	}
	ask := func(c *websocket.Conn, request string) {
		t.Helper()
		if err := c.Write(t.Context(), websocket.MessageText, []byte(request)); err != nil {
			t.Fatal(err)
		}
	}
	// next is the next answer with this id, other messages passed over.
	next := func(c *websocket.Conn, id int) (m struct{ Type, Code, Channel string }) {
		t.Helper()
		for {
			_, p, err := c.Read(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Type, Code, Channel string
				ID                  int
			}
			if err := json.Unmarshal(p, &got); err != nil {
				t.Fatal(err)
			}
			if got.ID == id {
				m.Type, m.Code, m.Channel = got.Type, got.Code, got.Channel
				return m
			}
		}
	}
	c := dial(first)
	ask(c, `{"type":"subscribe","channel":"btcusdt@trade","id":1}`)
	if m := next(c, 1); m.Type != "subscribed" {
		t.Fatalf("%+v", m)
	}
	second, stranger := sign("ann", 3*time.Second, "*@bookTicker"), sign("bob", time.Hour, "*")
	ask(c, `{"type":"refresh","token":"`+stranger+`","id":2}`)
	if m := next(c, 2); m.Type != "error" || m.Code != "unauthorized" {
		t.Errorf("somebody else's token: %+v", m)
	}
	ask(c, `{"type":"refresh","token":"`+second+`","id":3}`)
	if m := next(c, 3); m.Type != "unsubscribed" || m.Channel != "btcusdt@trade" {
		t.Errorf("a right that is gone: %+v", m)
	}
	if m := next(c, 3); m.Type != "refreshed" {
		t.Errorf("%+v", m)
	}
	for {
		_, _, err := c.Read(t.Context())
		if err == nil {
			continue
		}
		if got := websocket.CloseStatus(err); got != 3000 {
			t.Errorf("at the end of its time it is closed with %v: %v", got, err)
		}
		break
	}
	for name, p := range map[string]*process{"with": s, "without": without} {
		for _, token := range []string{first, second, stranger} {
			if text := p.log.String(); strings.Contains(text, token) || strings.Contains(text, token[strings.LastIndexByte(token, '.')+1:]) {
				t.Errorf("%s --auth-query: a token is in the log", name)
			}
		}
	}
}

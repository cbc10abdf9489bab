package auth

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// spied is a server with auth whose every word is kept: what it logs, and what it answers.
type spied struct {
	*enginetest.Server
	t    *testing.T
	log  logBuffer
	http *httptest.Server
	said strings.Builder // every answer

	panics atomic.Value // string: where the application is to panic or fail
}

func spy(t *testing.T) *spied {
	s := &spied{t: t}
	a := newJWT(t, JWTConfig{}, keySet(issuer().jwks()...))
	a.cfg.Query = true
	l := slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}))
	old := slog.Default()
	slog.SetDefault(l)
	t.Cleanup(func() { slog.SetDefault(old) })
	boom := func(where string) {
		if s.panics.Load() == where {
			panic("a bug in " + where)
		}
	}
	h, err := hub.New(hub.Config{Panicked: feed.Panicked})
	if err != nil {
		t.Fatal(err)
	}
	f, err := feed.New(h, feed.Config{
		Authenticate: func(r *http.Request) (any, error) {
			u, err := a.Subscriber(r)
			boom("authenticate")
			if s.panics.Load() == "odd" {
				return nil, errors.New("an error that is logged")
			}
			return u, err
		},
		Permit:        func(u any, ch string) bool { boom("permit"); return u.(*User).MaySubscribe(ch) },
		PermitPublish: func(u any, ch string) bool { boom("publish"); return u.(*User).MayPublish(ch) },
		Expires:       func(u any) time.Time { return u.(*User).Expires() },
		Refresh:       func(u any, token string) (any, error) { boom("refresh"); return a.Refresh(u, token) },
		Now:           func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	eh := f.Handler()
	upgrade := eh.Upgrade
	eh.Upgrade = func(r *http.Request) (engine.Accept, error) {
		acc, err := upgrade(r)
		if s.panics.Load() == "accept" {
			acc.Subprotocol = "another"
		}
		return acc, err
	}
	s.Server = enginetest.New(t, engine.Config{Logger: l}, eh)
	s.http = httptest.NewUnstartedServer(f.Publisher(feed.PublisherConfig{Authenticate: a.Publisher}))
	s.http.Config.ErrorLog = log.New(&s.log, "", 0)
	s.http.Start()
	t.Cleanup(s.http.Close)
	return s
}

// handshake sends a handshake for path with header lines, and then messages.
func (s *spied) handshake(path string, headers []string, messages ...string) {
	c := s.Dial()
	c.Write(enginetest.Request(path, headers...))
	s.Settle()
	for _, m := range messages {
		c.Send(frame.OpText, []byte(m))
		s.Settle()
	}
	s.said.Write(c.Read())
	s.Advance(10 * time.Second)
	s.said.Write(c.Read())
}

func (s *spied) post(headers []string, body string) {
	r, err := http.NewRequest("POST", s.http.URL+"/publish?access_token=x", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	resp, err := s.http.Client().Do(r)
	if err != nil {
		return // a panic closed it
	}
	defer resp.Body.Close()
	_ = resp.Write(&s.said)
	_, _ = io.Copy(&s.said, resp.Body)
}

// Whatever a client does with a token, and whatever goes wrong behind it: the token stands in no log and no answer.
func TestTokensNeverLeak(t *testing.T) {
	is := issuer()
	good := is.sign(t, jwt.SigningMethodHS256, "h", good())
	tokens := map[string]string{
		"good":      good,
		"expired":   is.sign(t, jwt.SigningMethodHS256, "h", map[string]any{"sub": "ann", "exp": 1}),
		"no rights": is.sign(t, jwt.SigningMethodHS256, "h", map[string]any{"sub": "ann", "exp": now.Unix() + 60}),
		"bob's":     is.sign(t, jwt.SigningMethodEdDSA, "e", map[string]any{"sub": "bob", "exp": now.Unix() + 60}),
		"none":      is.sign(t, jwt.SigningMethodNone, "h", map[string]any{"sub": "ann"}),
		"tampered":  flip(good),
		"cut short": good[:len(good)-20],
		"no JWT":    "s3cret-s3cret-s3cret",
		"no token":  "s3cret-s3cret\"s3cret-s3cret",
		"huge":      strings.Repeat("s3cret-s3cret", 500),
	}
	var paths int
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			s := spy(t)
			bearer := []string{"Authorization: Bearer " + token}
			mine := []string{"Authorization: Bearer " + good}
			body := fmt.Sprintf(`{"channel":"news","data":1,"token":%q}`, token)
			for _, where := range []string{"", "authenticate", "permit", "refresh", "publish", "accept", "odd"} {
				s.panics.Store(where)
				subscribe := `{"type":"subscribe","channel":"a@trade"}`
				s.handshake("/feed", bearer, subscribe)
				s.handshake("/feed", append(bearer, bearer...))
				s.handshake("/other", bearer)
				s.handshake("/feed?access_token="+token, nil, subscribe)
				s.handshake("/feed?access_token="+token+"&access_token="+token, nil)
				s.handshake("/feed?access_token="+token, bearer)
				s.handshake("/feed", []string{"Sec-WebSocket-Protocol: weir.v1, weir.token." + token}, subscribe)
				s.handshake("/feed", []string{"Sec-WebSocket-Protocol: weir.token." + token})
				s.handshake("/feed", []string{"Sec-WebSocket-Protocol: weir.v1, weir.token." + token + ", weir.token." + token})
				s.handshake("/feed", append(bearer, "Sec-WebSocket-Key: twice"))
				s.handshake("/feed", append(bearer, "Content-Length: 5"))
				s.handshake("/feed", append(bearer, "Sec-WebSocket-Version : 13"))
				s.handshake("/feed", mine, fmt.Sprintf(`{"type":"refresh","token":%q}`, token))
				s.handshake("/feed", mine, subscribe, fmt.Sprintf(`{"type":"refresh","token":%q,"id":1}`, token), subscribe)
				s.handshake("/feed", mine, fmt.Sprintf(`{"type":"refresh","token":%q,"token":%[1]q}`, token))
				s.handshake("/feed", mine, fmt.Sprintf(`{"type":"refresh","token":[%q]}`, token))
				s.handshake("/feed", mine, fmt.Sprintf(`{"type":"refresh","token":%q`, token))
				s.handshake("/feed", mine, fmt.Sprintf(`{"type":%q,"channel":1}`, token))
				s.handshake("/feed", mine, fmt.Sprintf(`{"type":"publish","channel":"news","data":1,"token":%q}`, token))
				s.handshake("/feed", mine, strings.Repeat(" ", feed.DefaultMaxRequest)+token)
				s.post(bearer, body)
				s.post(append(bearer, bearer...), body)
				s.post(bearer, `{"channel":`+token)
				s.post(append(bearer, "Content-Encoding: gzip"), body)
				s.post(append(mine, "Content-Type: "+token), body)
				paths += 25
			}
			logged := s.log.Take()
			// What is looked for must be there to be found: every place has panicked, with its stack.
			for _, where := range []string{"authenticate", "permit", "publish", "refresh"} {
				if !strings.Contains(logged, "a bug in "+where) {
					t.Errorf("nothing is logged of the panic in %s", where)
				}
			}
			for _, line := range []string{"an error that is logged", "which is not a token the client offered"} {
				if !strings.Contains(logged, line) {
					t.Errorf("nothing is logged of %q", line)
				}
			}
			for _, secret := range []string{token, good} {
				if leaks(logged, secret) {
					t.Errorf("the log has the token:\n%.3000s", logged)
				}
				if leaks(s.said.String(), secret) {
					t.Errorf("an answer has the token:\n%.3000s", s.said.String())
				}
			}
		})
	}
	if paths < 1000 {
		t.Errorf("only %d ways were tried", paths)
	}
}

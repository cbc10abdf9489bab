package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/weir-ws/weir/engine"
)

// The methods.
const (
	None   = "none"
	Tokens = "tokens"
	JWT    = "jwt"
)

// Config says how clients show who they are.
type Config struct {
	Method string // Tokens or JWT
	Query  bool   // the token may also stand in the query of the URL
	Tokens string // path of the file of static tokens
	JWT    JWTConfig

	// Now is the clock that tokens expire by. nil: time.Now.
	Now func() time.Time
}

// watchEvery is how often the file is looked at.
const watchEvery = 5 * time.Second

// Auth knows the users of a server. Make one with [New]. Any goroutine may call its methods.
type Auth struct {
	cfg    Config
	static *file[static] // one of the two
	jwt    *tokens
}

// New reads the file of the method. The error names the file, and the line or the key.
func New(cfg Config) (a *Auth, err error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	a = &Auth{cfg: cfg}
	switch cfg.Method {
	case Tokens:
		a.static, err = openFile(cfg.Tokens, parseStatic)
	case JWT:
		a.jwt, err = newTokens(cfg.JWT, cfg.Now)
	default:
		err = fmt.Errorf("auth: there is no method %q", cfg.Method)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

// String says in a few words who is let in.
func (a *Auth) String() string {
	if a.jwt == nil {
		return fmt.Sprintf("tokens of %s (%d)", a.cfg.Tokens, len(*a.static.now.Load()))
	}
	ks := a.jwt.keys.now.Load()
	return fmt.Sprintf("JSON web tokens, keys of %s (%d)", a.cfg.JWT.Keys, len(ks.list))
}

// Watch reads the file again whenever it has changed, until ctx ends. What happens is logged.
func (a *Auth) Watch(ctx context.Context, log *slog.Logger) {
	if a.jwt != nil {
		a.jwt.keys.watch(ctx, watchEvery, log)
		return
	}
	a.static.watch(ctx, watchEvery, log)
}

// Subscriber returns the user of a WebSocket handshake, a *[User]. The error is an *engine.HTTPError: 400, 401 or 403
// with WWW-Authenticate. A token in the query is taken out of r.
func (a *Auth) Subscriber(r *http.Request) (any, error) {
	how := "Authorization: Bearer TOKEN, or the subprotocols weir.v1 and weir.token.TOKEN"
	if a.cfg.Query {
		how += ", or ?" + queryParameter + "=TOKEN"
	}
	u, herr := a.user(r, ways{subprotocol: true, query: a.cfg.Query}, how)
	switch {
	case herr != nil:
		return nil, herr
	case u.sub.None() && u.pub.None():
		return nil, tooWeak("the token allows nothing here")
	}
	return u, nil
}

// Publisher returns the user of a request to publish over HTTP. It is [Auth.Subscriber] but for two things: the token
// stands in the header, and it must allow to publish something.
func (a *Auth) Publisher(r *http.Request) (any, error) {
	u, herr := a.user(r, ways{}, "Authorization: Bearer TOKEN")
	switch {
	case herr != nil:
		return nil, herr
	case u.pub.None():
		return nil, tooWeak("the token does not allow to publish")
	}
	return u, nil
}

func (a *Auth) user(r *http.Request, may ways, how string) (*User, *engine.HTTPError) {
	token, herr := find(r, may)
	switch {
	case herr != nil:
		return nil, herr
	case token == "":
		return nil, needed(how)
	}
	u, err := a.verify(token)
	if err != nil {
		return nil, invalid(err)
	}
	return u, nil
}

func (a *Auth) verify(token string) (*User, error) {
	if a.jwt != nil {
		return a.jwt.verify(token)
	}
	return a.static.now.Load().verify(token)
}

// Refreshes reports whether connections can be refreshed: static tokens do not expire.
func (a *Auth) Refreshes() bool { return a.jwt != nil }

var errOther = errors.New("it is not of the same subject")

// Refresh returns the user of a new token for a connection whose user was old, a *[User]. The error is an
// *engine.HTTPError.
func (a *Auth) Refresh(old any, token string) (any, error) {
	if !IsToken(token) {
		return nil, invalid(errNoToken)
	}
	u, err := a.verify(token)
	if err != nil {
		return nil, invalid(err)
	}
	if o, ok := old.(*User); !ok || o.subject != u.subject {
		return nil, invalid(errOther)
	}
	return u, nil
}

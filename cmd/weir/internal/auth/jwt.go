package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// JWTConfig is how JSON web tokens are judged, beside their signature.
type JWTConfig struct {
	Keys       string        // path of the JWKS file
	Issuer     string        // what iss must be; "": anything
	Audience   []string      // aud must name one of them; empty: a token with an aud is refused
	Claim      string        // the claim that names the rights
	Leeway     time.Duration // by how much the issuer's clock and ours may differ; 0 or less: not at all
	WithoutExp bool          // take tokens without exp, which never expire
}

// tokens verifies JSON web tokens with the keys that hold now.
type tokens struct {
	cfg    JWTConfig
	keys   *file[keys]
	parser *jwt.Parser
}

func newTokens(cfg JWTConfig, now func() time.Time) (*tokens, error) {
	f, err := openFile(cfg.Keys, parseKeys)
	if err != nil {
		return nil, err
	}
	cfg.Leeway = max(0, cfg.Leeway)
	o := []jwt.ParserOption{
		jwt.WithValidMethods(algorithms), jwt.WithStrictDecoding(),
		jwt.WithLeeway(cfg.Leeway), jwt.WithTimeFunc(now), jwt.WithIssuer(cfg.Issuer), jwt.WithAudience(cfg.Audience...),
	}
	if !cfg.WithoutExp {
		o = append(o, jwt.WithExpirationRequired())
	}
	return &tokens{cfg: cfg, keys: f, parser: jwt.NewParser(o...)}, nil
}

// claims are those that matter here.
type claims struct {
	jwt.RegisteredClaims
	name   string // of the claim with the rights
	rights json.RawMessage
}

// UnmarshalJSON implements [json.Unmarshaler].
func (c *claims) UnmarshalJSON(p []byte) error {
	if err := json.Unmarshal(p, &c.RegisteredClaims); err != nil {
		return err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(p, &all); err != nil {
		return err
	}
	c.rights = all[c.name]
	return nil
}

// What may be wrong with a token, in words that say nothing of what is in it.
var (
	errNoJWT     = errors.New("it is no well-formed JSON web token")
	errAlgorithm = errors.New("its algorithm is none of HS256, RS256 and EdDSA")
	errCritical  = errors.New("its header has crit, which is not understood here")
	errNoKey     = errors.New("no key of this server fits its alg and kid")
	errSignature = errors.New("its signature is wrong")
	errExpired   = errors.New("it has expired")
	errEarly     = errors.New("it is not valid yet")
	errAudience  = errors.New("it is for another audience")
	errIssuer    = errors.New("it is from another issuer")
	errClaim     = errors.New("it has no exp, or not the iss or aud that it needs here")
	errRights    = errors.New("the claim with its rights is not understood")
)

// verify returns the user of a token that is good. Any goroutine may call it; it takes some 0.1 ms.
func (t *tokens) verify(text string) (*User, error) {
	c := &claims{name: t.cfg.Claim}
	if tok, err := t.parser.ParseWithClaims(text, c, t.key); err != nil {
		return nil, reason(tok, err)
	}
	// RFC 7519 4.1.3: "If the principal processing the claim does not identify itself with a value in the "aud" claim
	// when this claim is present, then the JWT MUST be rejected."
	if len(c.Audience) > 0 && len(t.cfg.Audience) == 0 {
		return nil, errAudience
	}
	return t.user(c)
}

// key finds the key for a token. Its algorithm is among the valid ones already, and the key is one that is pinned to it.
func (t *tokens) key(tok *jwt.Token) (any, error) {
	// RFC 7515 4.1.11: extensions in crit that are not understood make the signature invalid.
	if _, ok := tok.Header["crit"]; ok {
		return nil, errCritical
	}
	kid := ""
	if v, ok := tok.Header["kid"]; ok {
		if kid, ok = v.(string); !ok || kid == "" {
			return nil, errNoKey
		}
	}
	return t.keys.now.Load().find(tok.Method.Alg(), kid)
}

// reason says what was wrong in words of our own: those of the library may quote the token.
func reason(tok *jwt.Token, err error) error {
	if tok != nil && tok.Method != nil && !slices.Contains(algorithms, tok.Method.Alg()) {
		return errAlgorithm
	}
	for _, own := range []error{errCritical, errNoKey} {
		if errors.Is(err, own) {
			return own
		}
	}
	for _, r := range []struct{ is, say error }{
		{jwt.ErrTokenMalformed, errNoJWT}, {jwt.ErrTokenUnverifiable, errAlgorithm}, {jwt.ErrTokenSignatureInvalid, errSignature},
		{jwt.ErrTokenExpired, errExpired}, {jwt.ErrTokenNotValidYet, errEarly},
		{jwt.ErrTokenInvalidAudience, errAudience}, {jwt.ErrTokenInvalidIssuer, errIssuer},
	} {
		if errors.Is(err, r.is) {
			return r.say
		}
	}
	if errors.Is(err, jwt.ErrTokenRequiredClaimMissing) {
		return errClaim
	}
	return errNoJWT
}

// farOff is the latest expiry that is told from none: year 9999.
const farOff = 253402300799

func (t *tokens) user(c *claims) (*User, error) {
	u := &User{subject: c.Issuer + "\x00" + c.Subject}
	if c.ExpiresAt != nil {
		u.end = min(c.ExpiresAt.Unix(), farOff) + int64(t.cfg.Leeway/time.Second)
	}
	if c.rights == nil {
		return u, nil
	}
	var r struct{ Subscribe, Publish []string }
	if err := json.Unmarshal(c.rights, &r); err != nil {
		return nil, errRights
	}
	var err1, err2 error
	u.sub, err1 = NewPatterns(r.Subscribe)
	u.pub, err2 = NewPatterns(r.Publish)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("%w: a pattern has 1 to 255 bytes of channel names, and *; there are at most %d", errRights, maxPatterns)
	}
	return u, nil
}

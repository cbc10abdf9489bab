package config

import (
	"fmt"
	"strings"

	"github.com/weir-ws/weir/cmd/weir/internal/auth"
)

// The options that mean nothing without another.
var (
	jwtOnly     = []string{"auth.issuer", "auth.audience", "auth.claim", "auth.leeway", "auth.without-exp"}
	tokenOnly   = []string{"auth.query"}
	publishOnly = []string{"publish.open", "publish.max-data", "publish.max-body"}
)

// Authenticates tells whether clients have to show who they are.
func (c *Config) Authenticates() bool { return c.Auth.Tokens != "" || c.Auth.Keys != "" }

// AuthConfig returns the part of the configuration that is package auth's, where clients have to show who they are.
func (c *Config) AuthConfig() auth.Config {
	a := auth.Config{Method: auth.Tokens, Tokens: c.Auth.Tokens, Query: c.Auth.Query}
	if c.Auth.Keys != "" {
		a.Method = auth.JWT
		a.JWT = auth.JWTConfig{Keys: c.Auth.Keys, Issuer: c.Auth.Issuer, Audience: c.Auth.Audience, Claim: c.Auth.Claim,
			Leeway: c.Auth.Leeway, WithoutExp: c.Auth.WithoutExp}
	}
	return a
}

// checkAuth also reads the file, because a server that nobody can get into is found out best before it is started.
func (c *Config) checkAuth(bad func(key, problem, hint string)) {
	for _, key := range jwtOnly {
		if c.IsSet(key) && !c.applies(key) {
			bad(key, "this is about JSON web tokens, and there are no keys for them", "add --auth-keys FILE")
		}
	}
	for _, key := range tokenOnly {
		if c.IsSet(key) && !c.applies(key) {
			bad(key, "this is about tokens, and nobody needs one", "add --auth-tokens FILE or --auth-keys FILE")
		}
	}
	if c.Auth.Keys != "" && c.Auth.Claim == "" {
		bad("auth.claim", "no name", "write the claim that has the rights, such as weir")
	}
	switch {
	case c.Auth.Tokens != "" && c.Auth.Keys != "":
		bad("auth.tokens", "there are auth.keys too", "remove one of them")
	case c.Auth.Tokens != "":
		c.tryAuth("auth.tokens", c.Auth.Tokens, bad)
	case c.Auth.Keys != "":
		c.tryAuth("auth.keys", c.Auth.Keys, bad)
	}
}

func (c *Config) tryAuth(key, path string, bad func(key, problem, hint string)) {
	if _, err := auth.New(c.AuthConfig()); err != nil {
		bad(key, fmt.Sprintf("%q: %s", path, strings.TrimPrefix(oneLine(err), path+": ")), "")
	}
}

func (c *Config) checkPublish(bad func(key, problem, hint string)) {
	if len(c.Publish.To) == 0 {
		for _, key := range publishOnly {
			if c.IsSet(key) {
				bad(key, "this is about publishing, and nothing may be published", "add --publish-to PATTERNS")
			}
		}
		if c.Source.Symbols == 0 && c.Source.Replay == "" && !c.Source.External() {
			bad("source.symbols", "then there is no source, and nothing may be published either", "add --publish-to PATTERNS")
		}
		return
	}
	if _, err := auth.NewPatterns(c.Publish.To); err != nil {
		bad("publish.to", err.Error(), "")
	}
	switch open := c.Publish.Open; {
	case !open && !c.Authenticates():
		bad("publish.to", "anybody could publish", "add --auth-tokens FILE or --auth-keys FILE, or --publish-open if that is meant")
	case open && c.Authenticates():
		bad("publish.open", "there is auth, which says who may publish", "remove one of them")
	}
}

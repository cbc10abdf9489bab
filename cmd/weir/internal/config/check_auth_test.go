package config

import (
	"slices"
	"strings"
	"testing"
	"time"
)

const keyFile = `{"keys":[{"kty":"oct","kid":"a","k":"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE"}]}`

// What cannot be is said before anything is begun, the contents of the files included.
func TestAuthErrors(t *testing.T) {
	keys := write(t, "keys.json", keyFile)
	weak := write(t, "weak.json", `{"keys":[{"kty":"oct","kid":"a","k":"MDEy"}]}`)
	tokens := write(t, "tokens", "ann 0123456789abcdef subscribe=*\n")
	bad := write(t, "bad", "ann 0123456789abcdef subscribe=*\nbob s3cret subscribe=*\n")
	for _, row := range []struct {
		name string
		args []string
		want []string
	}{
		{"tokens", []string{"--auth-tokens", tokens}, nil},
		{"keys", []string{"--auth-keys", keys, "--auth-issuer", "i", "--auth-audience", "a,b", "--auth-leeway", "off", "--auth-without-exp", "--auth-query"}, nil},
		{"both", []string{"--auth-tokens", tokens, "--auth-keys", keys}, []string{"--auth-tokens: there are auth.keys too; remove one of them"}},
		{"no file", []string{"--auth-tokens", "/nowhere"}, []string{`--auth-tokens: "/nowhere": no such file or directory`}},
		{"a bad file of tokens", []string{"--auth-tokens", bad},
			[]string{`--auth-tokens: "` + bad + `": line 2: the token has fewer than 16 bytes, so it could be guessed; ` + "`openssl rand -hex 32` makes a good one"}},
		{"a bad key", []string{"--auth-keys", weak}, []string{`--auth-keys: "` + weak + `": key 1 (kid "a"): k has 3 bytes; HS256 needs 32 or more`}},
		{"tokens for keys", []string{"--auth-keys", tokens}, []string{`--auth-keys: "` + tokens + `": it is not a JSON web key set: {"keys":[...]}`}},
		{"no claim", []string{"--auth-keys", keys, "--auth-claim", ""}, []string{"--auth-claim: no name; write the claim that has the rights, such as weir"}},
		{"options of JWT without", []string{"--auth-tokens", tokens, "--auth-issuer", "i", "--auth-without-exp"}, []string{
			"--auth-issuer: this is about JSON web tokens, and there are no keys for them; add --auth-keys FILE",
			"--auth-without-exp: this is about JSON web tokens, and there are no keys for them; add --auth-keys FILE"}},
		{"options of tokens without", []string{"--auth-query"},
			[]string{"--auth-query: this is about tokens, and nobody needs one; add --auth-tokens FILE or --auth-keys FILE"}},

		{"publishing", []string{"--auth-tokens", tokens, "--publish-to", "news,orders/*", "--publish-max-data", "1KiB", "--publish-max-body", "1GiB"}, nil},
		{"publishing by anybody", []string{"--publish-to", "*", "--publish-open"}, nil},
		{"by anybody, unsaid", []string{"--publish-to", "*"},
			[]string{"--publish-to: anybody could publish; add --auth-tokens FILE or --auth-keys FILE, or --publish-open if that is meant"}},
		{"by anybody and by some", []string{"--publish-to", "*", "--publish-open", "--auth-keys", keys},
			[]string{"--publish-open: there is auth, which says who may publish; remove one of them"}},
		{"a pattern that is none", []string{"--publish-to", "news,a#b", "--publish-open"},
			[]string{`--publish-to: "a#b" is no pattern: byte '#' at offset 1; legal are A-Z a-z 0-9 _ . : @ / ! $ + -, and * for any of them`}},
		{"options of publishing without", []string{"--publish-open", "--publish-max-data", "1KiB"}, []string{
			"--publish-open: this is about publishing, and nothing may be published; add --publish-to PATTERNS",
			"--publish-max-data: this is about publishing, and nothing may be published; add --publish-to PATTERNS"}},
		{"no source", []string{"--symbols", "0", "--publish-to", "*", "--publish-open"}, nil},
		{"no source at all", []string{"--symbols", "0"}, []string{"--symbols: then there is no source, and nothing may be published either; add --publish-to PATTERNS"}},
		{"more data than a request has", []string{"--publish-max-data", "1MiB"}, []string{"--publish-max-data: 1MiB is out of range; write 1 to 320KiB"}},
	} {
		c, err := Load("", nil, flags(t, row.args...))
		if got := Problems(err); !slices.Equal(got, row.want) {
			t.Errorf("%s:\n got %s\nwant %s", row.name, strings.Join(got, "\n     "), strings.Join(row.want, "\n     "))
		}
		if err == nil {
			var s strings.Builder
			if err := c.Print(&s); err != nil {
				t.Fatal(err)
			}
			again, err := Load(write(t, "again.yaml", s.String()), nil, nil)
			if err != nil {
				t.Errorf("%s: printed, and read back: %v", row.name, err)
			} else if again.AuthConfig().Method != c.AuthConfig().Method {
				t.Errorf("%s: read back with another method", row.name)
			}
		}
	}
}

func TestAuthConfig(t *testing.T) {
	c := Default()
	if c.Authenticates() {
		t.Error("everybody needs a token by default")
	}
	c.Auth.Keys, c.Auth.Audience, c.Auth.Query = "k", []string{"a"}, true
	a := c.AuthConfig()
	if !c.Authenticates() || a.Method != "jwt" || a.JWT.Keys != "k" || a.JWT.Claim != "weir" || a.JWT.Leeway != 30*time.Second || !a.Query || a.JWT.Audience[0] != "a" {
		t.Errorf("%+v", a)
	}
}

// The token of `weir tail` may stand in the environment of a server too; what is like it is still a mistake.
func TestTokenOfTailInTheEnvironment(t *testing.T) {
	if _, err := Load("", []string{"WEIR_TOKEN=s3cret"}, nil); err != nil {
		t.Error(err)
	}
	_, err := Load("", []string{"WEIR_TOKENS=s3cret"}, nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("%v", err)
	}
}

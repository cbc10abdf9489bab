package auth

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"
)

const (
	tokenA = "0123456789abcdef"
	tokenB = "wJalrXUtnFEMI-K7MDENG_~+."
)

func TestStaticTokens(t *testing.T) {
	a, err := New(Config{Method: Tokens, Tokens: write(t, ""+
		"# name  token\n\n"+
		"viewer  "+tokenA+"  subscribe=*@trade,*@bookTicker\n"+
		"\tbackend sha256:"+fmt.Sprintf("%X", sha256.Sum256([]byte(tokenB)))+" publish=news,orders/* subscribe=*\r\n"+
		"viewer "+tokenA+"2 subscribe=news\n")})
	if err != nil {
		t.Fatal(err)
	}
	if a.String() != "tokens of "+a.cfg.Tokens+" (3)" || a.Refreshes() {
		t.Errorf("it is %s", a)
	}
	u, err := a.verify(tokenA)
	if err != nil || !u.MaySubscribe("a@trade") || u.MaySubscribe("news") || u.MayPublish("a@trade") || !u.Expires().Equal(time.Time{}) {
		t.Errorf("viewer: %+v, %v", u, err)
	}
	u, err = a.verify(tokenB)
	if err != nil || !u.MaySubscribe("x") || !u.MayPublish("orders/7") || u.MayPublish("other") {
		t.Errorf("backend: %+v, %v", u, err)
	}
	if again, _ := a.verify(tokenB); again != u {
		t.Error("two connections with one token do not share their user")
	}
	for _, bad := range []string{"", tokenA[:15], tokenA + "x", strings.ToUpper(tokenA), fmt.Sprintf("%x", sha256.Sum256([]byte(tokenB))),
		"sha256:" + fmt.Sprintf("%x", sha256.Sum256([]byte(tokenB)))} {
		if u, err := a.verify(bad); err != errUnknown {
			t.Errorf("%q is %+v, %v", bad, u, err)
		}
	}
}

// Each fault names its line, and says nothing of a token.
func TestBadTokenFiles(t *testing.T) {
	ok := "fine " + tokenA + " subscribe=*\n"
	for _, row := range []struct{ text, want string }{
		{"", "there is no token in it; a line is NAME TOKEN subscribe=PATTERNS publish=PATTERNS"},
		{"# nothing\n", "there is no token in it"},
		{ok + "ann\n", "line 2: a line is NAME TOKEN"},
		{ok + "ann " + tokenB + "\n", "line 2: the token allows nothing; add subscribe=PATTERNS or publish=PATTERNS"},
		{ok + "ann s3cret-s3cret subscribe=*\n", "line 2: the token has fewer than 16 bytes"},
		{"\n\nann s3cret/s3cret/s3cret= subscribe=*\n", "line 3: a token has letters, digits and - . _ ~ + only"},
		{"ann " + strings.Repeat("s3cret", 2000) + " subscribe=*", "line 1: the token has more than 8192 bytes"},
		{"ann sha256:s3cret subscribe=*", "line 1: behind sha256: there must be 64 hexadecimal digits"},
		{"ann sha256:" + strings.Repeat("ab", 31) + " subscribe=*", "64 hexadecimal digits"},
		{ok + "ann " + tokenA + " subscribe=*\n", "line 2: the token stands in the file already"},
		{ok + "ann sha256:" + fmt.Sprintf("%x", sha256.Sum256([]byte(tokenA))) + " subscribe=*\n", "line 2: the token stands in the file already"},
		{"ann " + tokenB + " read=*", "line 1: behind the token there may be subscribe=PATTERNS and publish=PATTERNS, and nothing else"},
		{"ann " + tokenB + " s3crets3cret", "and nothing else"},
		{"ann " + tokenB + " subscribe=a subscribe=b", "line 1: subscribe= is there twice"},
		{"ann " + tokenB + " publish=", `line 1: publish=: "" is no pattern`},
		{"ann " + tokenB + " publish=a,,b", `"" is no pattern`},
		{"ann " + tokenB + " publish=a, b", `"" is no pattern: it is empty`},
		{"ann " + tokenB + " publish=a#b", `"a#b" is no pattern: byte '#' at offset 1`},
	} {
		path := write(t, row.text)
		_, err := New(Config{Method: Tokens, Tokens: path})
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%q: %v", row.text, err)
			continue
		}
		for _, secret := range []string{tokenA, tokenB, "s3cret"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%q: the error has the token: %v", row.text, err)
			}
		}
	}
}

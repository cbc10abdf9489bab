package auth

import (
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"
)

func changed(m map[string]any, change ...any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		out[k] = v
	}
	for i := 0; i < len(change); i += 2 {
		out[change[i].(string)] = change[i+1]
		if change[i+1] == nil {
			delete(out, change[i].(string))
		}
	}
	return out
}

func TestKeys(t *testing.T) {
	s := issuer()
	set := s.jwks()
	h, r, e := set[0], set[1], set[2]
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		text string
		want string // of the error; "": none
		used int
	}{
		{"all three", keySet(h, r, e), "", 3},
		{"unknown fields", `{"keys":[{"kty":"oct","k":"` + b64(s.secret) + `","x5t":"x","new":{"a":[1]}}],"more":1}`, "", 1},
		{"others are passed over", keySet(map[string]any{"kty": "EC", "crv": "P-256"}, map[string]any{"kty": "OKP", "crv": "X25519"},
			changed(r, "use", "enc"), changed(r, "alg", "RS512"), changed(e, "key_ops", []string{"sign"}), changed(r, "kty", "rsa"), h), "", 1},
		{"equal kids of different types", keySet(h, changed(e, "kid", "h")), "", 2},
		{"none that can be used", keySet(changed(r, "use", "enc")), "there is no key in it that can be used (1 others)", 0},
		{"empty set", `{"keys":[]}`, "there is no key in it that can be used (0 others)", 0},
		{"a key outside a set", `{"kty":"oct","k":"` + b64(s.secret) + `"}`, "there is no key in it", 0},
		{"not JSON", "-----BEGIN PUBLIC KEY-----", `it is not a JSON web key set: {"keys":[...]}`, 0},
		{"wrong types", `{"keys":[{"kty":1}]}`, "it is not a JSON web key set", 0},
		{"empty file", "", "it is not a JSON web key set", 0},
		{"equal kids", keySet(h, changed(h)), `key 2 (kid "h"): there is another HS256 key with this kid; give each its own`, 0},
		{"two without kid", keySet(changed(e, "kid", nil), changed(e, "kid", nil)), `key 2 (kid ""): there is another EdDSA key`, 0},
		{"a private key", keySet(h, changed(e, "d", b64(s.ed.Seed()))), `key 2 (kid "e"): it is a private key; leave the public half only`, 0},
		{"a short secret", keySet(changed(h, "k", b64(s.secret[:31]))), `key 1 (kid "h"): k has 31 bytes; HS256 needs 32 or more`, 0},
		{"no secret", keySet(changed(h, "k", nil)), "k is missing", 0},
		{"padding", keySet(changed(h, "k", b64(s.secret)+"=")), "k is not base64url without padding", 0},
		{"a weak RSA key", keySet(changed(r, "n", b64(weak.N.Bytes()))), "n has 1024 bits; RS256 needs 2048 to 8192", 0},
		{"a giant RSA key", keySet(changed(r, "n", b64(new(big.Int).Lsh(big.NewInt(1), 9000).Bytes()))), "n has 9001 bits", 0},
		{"e is 1", keySet(changed(r, "e", b64([]byte{1}))), "e is no exponent of a key", 0},
		{"e is even", keySet(changed(r, "e", b64([]byte{1, 0}))), "e is no exponent of a key", 0},
		{"e is too long", keySet(changed(r, "e", b64([]byte{1, 0, 0, 0, 1, 1}))), "e is no exponent of a key", 0},
		{"e is missing", keySet(changed(r, "e", nil)), "e is missing", 0},
		{"n is missing", keySet(changed(r, "n", nil)), "n is missing", 0},
		{"a short x", keySet(changed(e, "x", b64([]byte{1, 2}))), "x has 2 bytes; an Ed25519 key has 32", 0},
	} {
		ks, err := parseKeys([]byte(row.text))
		if row.want == "" {
			if err != nil || len(ks.list) != row.used {
				t.Errorf("%s: %d keys, %v", row.name, len(ks.list), err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: %v, want %q", row.name, err, row.want)
		} else if strings.Contains(err.Error(), b64(s.secret)[:8]) || strings.Contains(err.Error(), b64(s.ed.Seed())[:8]) {
			t.Errorf("%s: the error has the key: %v", row.name, err)
		}
	}
}

// Which key a token gets, by its algorithm and kid.
func TestFindKey(t *testing.T) {
	k := func(alg, kid string) key { return key{alg, kid, []byte(alg + kid)} }
	for _, row := range []struct {
		name     string
		set      []key
		alg, kid string
		want     string // "": none
	}{
		{"by kid", []key{k("A", "1"), k("A", "2")}, "A", "2", "A2"},
		{"kid of another type", []key{k("A", "1"), k("B", "2")}, "A", "2", ""},
		{"equal kids, by type", []key{k("A", "1"), k("B", "1")}, "B", "1", "B1"},
		{"no kid, one key", []key{k("A", "1"), k("B", "2")}, "A", "", "A1"},
		{"no kid, two keys", []key{k("A", "1"), k("A", "2")}, "A", "", ""},
		{"no kid, and one key without", []key{k("A", ""), k("A", "2")}, "A", "", ""},
		{"a kid that only a key without one can have", []key{k("A", ""), k("A", "2")}, "A", "9", "A"},
		{"a kid that is there beside one without", []key{k("A", ""), k("A", "2")}, "A", "2", "A2"},
		{"no key", nil, "A", "", ""},
	} {
		got, err := (&keys{list: row.set}).find(row.alg, row.kid)
		if row.want == "" {
			if err != errNoKey {
				t.Errorf("%s: %s, %v", row.name, got, err)
			}
		} else if b, _ := got.([]byte); err != nil || string(b) != row.want {
			t.Errorf("%s: %s, %v", row.name, got, err)
		}
	}
}

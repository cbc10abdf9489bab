package auth

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// The algorithms: one for each type of key. A key is never used with another, whatever a token says (RFC 8725 3.1).
const (
	algHS256 = "HS256"
	algRS256 = "RS256"
	algEdDSA = "EdDSA"
)

var algorithms = []string{algHS256, algRS256, algEdDSA}

// key is one that tokens are verified with.
type key struct {
	alg string
	kid string // "": it has none
	key any    // []byte, *rsa.PublicKey or ed25519.PublicKey, by alg
}

// keys is what a JWKS file holds.
type keys struct {
	list    []key
	ignored int // keys of other types or for other uses
}

// jwk is a key in JSON (RFC 7517 4, RFC 7518 6, RFC 8037 2).
type jwk struct {
	Kty, Use, Alg, Kid, K, N, E, Crv, X, D string
	KeyOps                                 []string `json:"key_ops"`
}

// parseKeys reads a JWKS file. Keys that are not for us are passed over (RFC 7517 5: implementations "SHOULD ignore
// JWKs within a JWK Set that use "kty" (key type) values that are not understood by them"); one that is for us
// and wrong is an error.
func parseKeys(text []byte) (keys, error) {
	var doc struct{ Keys []jwk }
	if err := json.Unmarshal(text, &doc); err != nil {
		// Not the error itself: it may quote the file.
		return keys{}, errors.New(`it is not a JSON web key set: {"keys":[...]}`)
	}
	var ks keys
	for i := range doc.Keys {
		j := &doc.Keys[i]
		k, err := j.key()
		switch {
		case errors.Is(err, errNotForUs):
			ks.ignored++
			continue
		case err != nil:
			return keys{}, fmt.Errorf("key %d (kid %q): %w", i+1, j.Kid, err)
		}
		if slices.ContainsFunc(ks.list, func(o key) bool { return o.alg == k.alg && o.kid == k.kid }) {
			return keys{}, fmt.Errorf("key %d (kid %q): there is another %s key with this kid; give each its own", i+1, k.kid, k.alg)
		}
		ks.list = append(ks.list, k)
	}
	if len(ks.list) == 0 {
		return keys{}, fmt.Errorf("there is no key in it that can be used (%d others): an oct, RSA or Ed25519 key for signatures", ks.ignored)
	}
	return ks, nil
}

var errNotForUs = errors.New("a key of another type, or for another use")

// key returns the key, with the algorithm that its type pins it to.
func (j *jwk) key() (k key, err error) {
	k.kid = j.Kid
	switch {
	case j.Kty == "oct":
		k.alg = algHS256
	case j.Kty == "RSA":
		k.alg = algRS256
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		k.alg = algEdDSA
	default:
		return k, errNotForUs
	}
	if j.Use != "" && j.Use != "sig" || j.KeyOps != nil && !slices.Contains(j.KeyOps, "verify") || j.Alg != "" && j.Alg != k.alg {
		return k, errNotForUs
	}
	if j.D != "" {
		return k, errors.New("it is a private key; leave the public half only, who verifies needs no more")
	}
	switch k.alg {
	case algHS256:
		k.key, err = j.secret()
	case algRS256:
		k.key, err = j.rsa()
	default:
		k.key, err = j.ed25519()
	}
	return k, err
}

func (j *jwk) secret() ([]byte, error) {
	b, err := decode("k", j.K)
	if err == nil && len(b) < 32 {
		// RFC 7518 3.2: "A key of the same size as the hash output (for instance, 256 bits for "HS256") or larger
		// MUST be used".
		err = fmt.Errorf("k has %d bytes; HS256 needs 32 or more", len(b))
	}
	return b, err
}

func (j *jwk) rsa() (*rsa.PublicKey, error) {
	n, err := decode("n", j.N)
	if err != nil {
		return nil, err
	}
	e, err := decode("e", j.E)
	if err != nil {
		return nil, err
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(n)}
	exp := new(big.Int).SetBytes(e)
	// RFC 7518 3.3: "A key of size 2048 bits or larger MUST be used". The upper bound is what one verification may cost.
	if bits := pub.N.BitLen(); bits < 2048 || bits > 8192 {
		return nil, fmt.Errorf("n has %d bits; RS256 needs 2048 to 8192", bits)
	}
	if exp.BitLen() > 31 || exp.Int64() < 3 || exp.Bit(0) == 0 {
		return nil, errors.New("e is no exponent of a key: odd, 3 or more, at most 31 bits")
	}
	pub.E = int(exp.Int64())
	return pub, nil
}

func (j *jwk) ed25519() (ed25519.PublicKey, error) {
	x, err := decode("x", j.X)
	if err == nil && len(x) != ed25519.PublicKeySize {
		err = fmt.Errorf("x has %d bytes; an Ed25519 key has %d", len(x), ed25519.PublicKeySize)
	}
	return ed25519.PublicKey(x), err
}

// decode reads base64url without padding (RFC 7515 2).
func decode(name, s string) ([]byte, error) {
	if s == "" {
		return nil, fmt.Errorf("%s is missing", name)
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil, fmt.Errorf("%s is not base64url without padding", name)
	}
	return b, nil
}

// find returns the key for a token of alg that names kid ("": none): the one with that kid, else the only one that
// has none; for a token that names none, the only one there is.
func (ks *keys) find(alg, kid string) (any, error) {
	var named, nameless, all []key
	for _, k := range ks.list {
		if k.alg != alg {
			continue
		}
		all = append(all, k)
		switch k.kid {
		case "":
			nameless = append(nameless, k)
		case kid:
			named = append(named, k)
		}
	}
	if kid == "" {
		named = all
	} else if len(named) == 0 {
		named = nameless
	}
	if len(named) != 1 {
		return nil, errNoKey
	}
	return named[0].key, nil
}

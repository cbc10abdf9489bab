package msgpack_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vmihailenco/msgpack/v5"
	weir "github.com/weir-ws/weir/hub/feed/msgpack"
)

// FuzzAppendJSON takes in anything: what encoding/json finds valid comes out as the same value for a decoder of somebody else's; all
// else is refused.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,-2,0.5,1e400,"x\u0041",null,true],"b":{"":[]}}`, ` [ -0 , 12345678901234567890 , 0.1000000000000000055 , 5e-324 ]`, `{"a":1,"a":2}`,
		`[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]`, `"\ud800\udc00 \ud800"`, `[1,]`, `01`, `{"a" 1}`, "\"\xff\"", `1E+2`, `123456789012345678`, `1.7976931348623157e308`,
		`{"0":0,"1":0,"2":0,"3":0,"4":0,"5":0,"6":0,"7":0,"8":0,"9":0,"10":0,"11":0,"12":0,"13":0,"14":0,"15":0}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, ok := weir.AppendJSON(nil, text)
		if ok != json.Valid(text) {
			t.Fatalf("%q: ok is %v", text, ok)
		}
		if !ok {
			if len(p) > 0 {
				t.Fatalf("%q leaves %x", text, p)
			}
			return
		}
		if !utf8.Valid(text) {
			return // that it is UTF-8 is the caller's promise, and encoding/json mends it
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Fatal(err)
		}
		got := decode(t, p)
		if err := same(got, want); err != nil {
			t.Fatalf("%q -> %x: %v", text, p, err)
		}
	})
}

// decode reads the one value that p is.
func decode(t testing.TB, p []byte) (v any) {
	t.Helper()
	r := bytes.NewReader(p)
	d := msgpack.NewDecoder(r)
	v, err := d.DecodeInterface()
	if err != nil || r.Len() > 0 {
		t.Fatalf("%x: %v, %d bytes left", p, err, r.Len())
	}
	return v
}

// same compares what came out with what encoding/json has.
func same(got, want any) error {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%v is not %v", got, want)
		}
		for k, v := range w {
			if err := same(g[k], v); err != nil {
				return fmt.Errorf("%q: %w", k, err)
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%v is not %v", got, want)
		}
		for i, v := range w {
			if err := same(g[i], v); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
	case json.Number:
		return sameNumber(got, string(w))
	default: // string, bool, nil
		if got != want {
			return fmt.Errorf("%v is not %v", got, want)
		}
	}
	return nil
}

// sameNumber knows nothing of how AppendJSON decides: it calculates with numbers of any length.
func sameNumber(got any, text string) error {
	mantissa, exp, _ := strings.Cut(strings.ToLower(text), "e")
	if strings.Trim(mantissa, "-0.") == "" {
		exp, text = "", mantissa
	}
	if n, err := strconv.Atoi(exp); exp != "" && (err != nil || max(n, -n) > 100_000) { // no float 64, and too far away to calculate with
		if got != text {
			return fmt.Errorf("%v is not %s", got, text)
		}
		return nil
	}
	w, ok := new(big.Rat).SetString(text)
	if !ok {
		return fmt.Errorf("%s cannot be calculated with", text)
	}
	switch g := got.(type) {
	case float64:
		short, _ := new(big.Rat).SetString(strconv.FormatFloat(g, 'g', -1, 64))
		if short.Cmp(w) == 0 && math.Signbit(g) == (text[0] == '-') {
			return nil
		}
	case string:
		f, err := strconv.ParseFloat(text, 64)
		if g != text {
			return fmt.Errorf("%q is not %s", g, text)
		}
		if short, _ := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64)); err == nil && short.Cmp(w) == 0 {
			return fmt.Errorf("%s could be a float 64", text)
		}
		return nil
	default:
		if fmt.Sprint(got) == text {
			return nil
		}
	}
	return fmt.Errorf("%v (%T) is not %s", got, got, text)
}

package feed

import (
	"strings"
	"testing"
)

// encoding/json looks no deeper than 10,000: deeper JSON is not bad JSON for that.
func TestDeeperThanTheValidatorLooks(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     Code
	}{
		{"9,000 deep", nest(9_000), CodeBadRequest},
		{"20,000 deep", nest(20_000), CodeBadRequest},
		{"20,000 brackets in a string", `{"type":"` + strings.Repeat("[", 20_000) + `\"[`, CodeBadJSON},
		{"20,000 brackets that close again, then rubbish", strings.Repeat("[]", 20_000) + "x", CodeBadJSON},
		{"cut behind a backslash", `{"type":"\`, CodeBadJSON},
	} {
		_, flt := parse([]byte(tc.in), 0)
		if flt == nil || flt.code != tc.want {
			t.Errorf("%s: %+v, want %s", tc.name, flt, tc.want)
		}
	}
}

func nest(n int) string {
	return `{"type":"ping","a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}"
}

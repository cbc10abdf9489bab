package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestParseLine(t *testing.T) {
	for name, tt := range map[string]struct{ line, stream, data string }{
		"as recorded":                 {`17 {"stream":"a@trade","data":{"p":"1.50"}}`, "a@trade", `{"p":"1.50"}`},
		"data first":                  {`17 {"data":{"p":1},"stream":"a"}`, "a", `{"p":1}`},
		"other members":               {`17 {"x":[1,{"stream":"no"}],"stream":"a","y":null,"data":1,"z":{}}`, "a", `1`},
		"white space around, not in":  {"17  {\t\"stream\" : \"a\" ,\r\"data\" : { \"p\" : 1 } }\r", "a", `{ "p" : 1 }`},
		"stream and data inside data": {`17 {"stream":"a","data":{"stream":"b","data":"c"}}`, "a", `{"stream":"b","data":"c"}`},
		"braces and quotes in text":   {`17 {"stream":"a","data":"}],\"stream\":\"b\" \\"}`, "a", `"}],\"stream\":\"b\" \\"`},
		"escaped keys":                {`17 {"str\u0065am":"a","\u0064ata":[]}`, "a", `[]`},
		"escaped stream":              {`17 {"stream":"a\/\u0062","data":{}}`, "a/b", `{}`},
		"escapes stay in data":        {`17 {"stream":"a","data":"\u00e9\ud83d\ude00\ud800"}`, "a", `"\u00e9\ud83d\ude00\ud800"`},
		"numbers stay as written":     {`17 {"stream":"a","data":[-0.0,1E+2,1e-2,0e0,12345678901234567890]}`, "a", `[-0.0,1E+2,1e-2,0e0,12345678901234567890]`},
		"null is data":                {`17 {"stream":"a","data":null}`, "a", `null`},
		"true is data":                {`17 {"stream":"a","data":true}`, "a", `true`},
		"the last of two counts":      {`17 {"stream":1,"data":1,"stream":"b","data":2}`, "b", `2`},
		"no stream":                   {`17 {"lastUpdateId":1,"bids":[]}`, "", `{"lastUpdateId":1,"bids":[]}`},
		"data alone":                  {`17 {"data":1}`, "", ""},
		"keys have a case":            {`17 {"Stream":"a","DATA":1}`, "", ""},
		"empty object":                {`17 {}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			e, _, err := parseLine([]byte(tt.line))
			if err != nil {
				t.Fatal(err)
			}
			if e.time != 17 || string(e.stream) != tt.stream || string(e.data) != tt.data {
				t.Errorf("got %d %q %q, want 17 %q %q", e.time, e.stream, e.data, tt.stream, tt.data)
			}
		})
	}
}

func TestParseLineErrors(t *testing.T) {
	for _, tt := range []struct {
		line   string
		column int
		err    error
	}{
		{``, 1, errLineTime},
		{`{"stream":"a","data":1}`, 1, errLineTime},
		{`17`, 3, errLineTime},
		{`17{}`, 3, errLineTime},
		{"17\t{}", 3, errLineTime},
		{`-1 {}`, 1, errLineTime},
		{`9223372036854775808 {}`, 19, errLineTime}, // 2^63: one too many
		{`17 `, 4, errJSONEnd},
		{`17 []`, 4, errLineObject},
		{`17 null`, 4, errLineObject},
		{`17 {} {}`, 7, errLineTrailing},
		{"17 {}\x00", 6, errLineTrailing},
		{"17 {\"a\":\"\xff\"}", 10, errLineUTF8},
		{`17 {"stream":1,"data":1}`, 14, errLineStream},
		{`17 {"stream":null,"data":1}`, 14, errLineStream},
		{`17 {"stream":"","data":1}`, 14, errLineStream},
		{`17 {"stream":"a"}`, 17, errLineData},
		{`17 {"stream":"a","data":{"p":"1`, 32, errJSONEnd},
		{`17 {"stream":"a","data":}`, 25, errJSONValue},
		{`17 {"stream":"a","data":1,}`, 27, errJSONKey},
		{`17 {,}`, 5, errJSONKey},
		{`17 {"a" 1}`, 9, errJSONColon},
		{`17 {"a":1 "b":2}`, 11, errJSONObject},
		{`17 {"a":[1 2]}`, 12, errJSONArray},
		{`17 {"a":[1,]}`, 12, errJSONValue},
		{`17 {"a":01}`, 10, errJSONObject},
		{`17 {"a":-}`, 10, errJSONNumber},
		{`17 {"a":1.}`, 11, errJSONNumber},
		{`17 {"a":1e}`, 11, errJSONNumber},
		{`17 {"a":nul}`, 12, errJSONLiteral},
		{`17 {"a":"\x"}`, 11, errJSONEscape},
		{`17 {"a":"\u12g4"}`, 14, errJSONEscape},
		{`17 {"a":"\u12`, 14, errJSONEnd},
		{`17 {"a":"\`, 11, errJSONEnd},
		{"17 {\"\u00e9\":\"\xe9\"}", 11, errLineUTF8}, // the first e acute is UTF-8, the second Latin-1
		{`17 {"a`, 7, errJSONEnd},
		{"17 {\"a\":\"\t\"}", 10, errJSONControl},
	} {
		_, column, err := parseLine([]byte(tt.line))
		if !errors.Is(err, tt.err) || column != tt.column {
			t.Errorf("%q: got %v at %d, want %v at %d", tt.line, err, column, tt.err, tt.column)
		}
	}
}

// Depth is bounded where encoding/json bounds it, so a hostile line cannot grow the stack without end.
func TestParseLineDepth(t *testing.T) {
	for _, nest := range [][2]string{{"[", "]"}, {`{"a":`, "}"}} {
		for _, depth := range []int{maxDepth - 1, maxDepth} { // one more is the object around them
			value := strings.Repeat(nest[0], depth-1) + nest[0][:1] + strings.Repeat(nest[1], depth)
			text := `{"stream":"a","data":` + value + `}`
			_, _, err := parseLine([]byte("1 " + text))
			if got, want := err == nil, json.Valid([]byte(text)); got != want {
				t.Errorf("%s %d deep: accepted %v, encoding/json %v", nest[0], depth, got, want)
			}
			if tooDeep := depth == maxDepth; tooDeep != errors.Is(err, errJSONDepth) {
				t.Errorf("%s %d deep: %v", nest[0], depth, err)
			}
		}
	}
}

// oracle is parseLine by means of encoding/json.
func oracle(line []byte) (e envelope, ok bool) {
	digits, text, found := bytes.Cut(line, []byte(" "))
	ns, err := strconv.ParseInt(string(digits), 10, 64)
	if err != nil || !found || !isDigit(digits[0]) || !utf8.Valid(line) {
		return e, false
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members == nil {
		return e, false
	}
	e = envelope{time: ns, data: members["data"]}
	if members["stream"] == nil {
		if e.data = nil; members["lastUpdateId"] != nil {
			e.data = bytes.TrimSpace(text)
		}
	}
	if stream := members["stream"]; stream != nil {
		var s string
		if json.Unmarshal(stream, &s) != nil || s == "" || e.data == nil {
			return e, false
		}
		e.stream = []byte(s)
	}
	return e, true
}

func FuzzParseLine(f *testing.F) {
	f.Fuzz(func(t *testing.T, line []byte) {
		before := slices.Clone(line)
		got, column, err := parseLine(line)
		want, ok := oracle(line)
		if (err == nil) != ok {
			t.Fatalf("%q: error %v at %d, encoding/json accepts: %v", line, err, column, ok)
		}
		if !bytes.Equal(line, before) {
			t.Fatalf("the line was changed: %q, was %q", line, before)
		}
		if err != nil {
			if column < 1 || column > len(line)+1 {
				t.Fatalf("%q: column %d", line, column)
			}
			return
		}
		if got.time != want.time || !bytes.Equal(got.stream, want.stream) || !bytes.Equal(got.data, want.data) {
			t.Fatalf("%q:\ngot  %d %q %q\nwant %d %q %q",
				line, got.time, got.stream, got.data, want.time, want.stream, want.data)
		}
	})
}

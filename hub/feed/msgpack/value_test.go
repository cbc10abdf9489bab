package msgpack_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/msgpack"
)

func TestAppendJSON(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`null`, "c0"},
		{`false`, "c2"},
		{"\t true\r\n", "c3"},
		{`""`, "a0"},
		{`"abc"`, "a3 616263"},
		{`"é\u0041\n\ud83d\ude00"`, "a8 c3a9 41 0a f09f9880"},
		{`"\ud800"`, "a3 efbfbd"}, // half a surrogate pair is U+FFFD, as encoding/json has it
		{`"` + strings.Repeat("x", 32) + `"`, "d9 20" + strings.Repeat("78", 32)},

		{`0`, "00"},
		{`127`, "7f"},
		{`128`, "cc 80"},
		{`65536`, "ce 00010000"},
		{`1723161254087896568`, "cf 17e9e607e8a02df8"},
		{`18446744073709551615`, "cf ffffffffffffffff"},
		{`18446744073709551616`, "b4 3138343436373434303733373039353531363136"}, // 2^64 as a float 64 is 1.8446744073709552e19 for short
		{`-1`, "ff"},
		{`-33`, "d0 df"},
		{`-9223372036854775808`, "d3 8000000000000000"},
		{`-0`, "cb 8000000000000000"},
		{`0.1`, "cb 3fb999999999999a"},
		{`1.50`, "cb 3ff8000000000000"},
		{`100.0`, "cb 4059000000000000"},
		{`1e2`, "cb 4059000000000000"},
		{`0e99999999999`, "cb 0000000000000000"},
		{`5e-324`, "cb 0000000000000001"},

		{`[]`, "90"},
		{` [ 1 , [ ] , { } ] `, "93 01 90 80"},
		{`{"a":1,"a":2}`, "82 a161 01 a161 02"},
		{`{"a" : {"b":[null]}}`, "81 a161 81 a162 91 c0"},
		{`[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15]`, "9f 0102030405060708090a0b0c0d0e0f"},
		{`[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]`, "dc 0010 0102030405060708090a0b0c0d0e0f10"},
		{`[[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16],1]`, "92 dc 0010 0102030405060708090a0b0c0d0e0f10 01"},
		{`[` + strings.Repeat("0,", 1<<16) + `0]`, "dd 00010001" + strings.Repeat("00", 1<<16+1)},
	} {
		got, ok := msgpack.AppendJSON([]byte("in front"), []byte(c.in))
		if want := strings.ReplaceAll(c.want, " ", ""); !ok || hex.EncodeToString(got[8:]) != want || string(got[:8]) != "in front" {
			t.Errorf("%.60s\ngot  %.200x, %v\nwant %.200s", c.in, got, ok, want)
		}
	}
}

// What is no JSON leaves nothing behind.
func TestAppendNoJSON(t *testing.T) {
	for _, in := range []string{
		``, ` `, `tru`, `nul1`, `"`, `"a`, `"\x"`, "\"a\nb\"", `01`, `1.`, `.1`, `+1`, `1e`, `-`, `1 2`, `[`, `[1`, `[1,]`, `[1 2]`, `[,]`, `{`, `{"a"}`, `{"a":}`,
		`{"a":1,}`, `{1:2}`, `{"a":1]`, `[1}`, `{a:1}`, `"a"b`, "\x00", `NaN`, strings.Repeat("[", 1_000_000),
		strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	} {
		if got, ok := msgpack.AppendJSON([]byte("x"), []byte(in)); ok || string(got) != "x" {
			t.Errorf("%.40q: %x, %v", in, got, ok)
		}
	}
}

func TestAppendJSONAllocatesNothing(t *testing.T) {
	in := []byte(`{"e":"trade","t":3748432164,"p":"61230.10","q":0.00400,"m":true,"a":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,-1.23456789012345678e-7]}`)
	buf := make([]byte, 0, 512)
	if n := testing.AllocsPerRun(100, func() { buf, _ = msgpack.AppendJSON(buf[:0], in) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

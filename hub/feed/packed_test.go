package feed_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/vmihailenco/msgpack/v5"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// unhex reads bytes in hex, a field a line, with what they mean behind a "#".
func unhex(t testing.TB, text string) (p []byte) {
	t.Helper()
	for line := range strings.Lines(text) {
		digits, _, _ := strings.Cut(line, "#")
		b, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		p = append(p, b...)
	}
	return p
}

func TestPackedMessages(t *testing.T) {
	encodings := feed.Encodings()
	at := hub.Position{Epoch: "E.1", Seq: 300}
	for _, c := range []struct {
		name, encoding string
		msg            *hub.Message
		want           string
	}{
		{"a message", "msgpack", &hub.Message{Position: at, Time: 1723161254087896568, Data: []byte(` { "p" : "0.10" } `)}, `
			95                         # array of 5
			00                         # message
			a1 61                      # channel: "a"
			cd 012c                    # seq: 300
			cf 17e9e607e8a02df8        # ts: 1723161254087896568
			81 a1 70 a4 302e3130       # data: {"p": "0.10"}`},
		{"binary data", "msgpack", &hub.Message{Position: at, Op: frame.OpBinary, Time: -1, Data: []byte{0xff, 0}}, `
			95 00 a1 61 cd 012c        #
			ff                         # ts: -1
			c4 02 ff00                 # data: 2 bytes`},
		{"no data, and the largest numbers", "msgpack", &hub.Message{Position: hub.Position{Seq: math.MaxUint64}, Time: math.MinInt64}, `
			95 00 a1 61                #
			cf ffffffffffffffff        # seq
			d3 8000000000000000        # ts
			c0                         # data: nil`},
		{"data that is no JSON", "msgpack", &hub.Message{Position: at, Data: []byte(`{"p`)}, `
			95 00 a1 61 cd 012c 00     #
			c4 03 7b2270               # data: the text as bin`},
		{"times", "msgpack+times", &hub.Message{Position: at, Time: 1, Recv: 2, Data: []byte(`1`)}, `
			96 00 a1 61 cd 012c 01 01  # array of 6
			82                         # others: map of 2
			a4 72656376 02             # recv: 2
			a4 73656e74                # sent:
			cf 17e9e607e8a2be18        #   1723161254088064536`},
		{"all the others", "msgpack", &hub.Message{Position: at, Lost: 7, Key: "k\xff", Gap: true, Snapshot: true, Renewed: true, Data: []byte(`1`)}, `
			96 00 a1 61 cd 012c 00 01  #
			85                         # others: map of 5
			a5 65706f6368 a3 452e31    # epoch: "E.1"
			a7 64726f70706564 07       # dropped: 7
			a3 6b6579 a4 6b efbfbd     # key: what is no UTF-8 is U+FFFD
			a3 676170 c3               # gap: true
			a8 736e617073686f74 c3     # snapshot: true`},
		{"state", "msgpack shown", &hub.Message{Position: at, Lost: 7, Key: "k", Gap: true, Snapshot: true, Renewed: true, Data: []byte(`1`)}, `
			96 01 a1 61 cd 012c 00 01  # snapshot
			81                         # others: map of 1
			a3 6b6579 a1 6b            # key: "k"`},
		{"a heartbeat", "msgpack", &hub.Message{Position: at, Time: 5, Heartbeat: true}, `
			84                         # map of 4
			a4 74797065 a9 686561727462656174 # type: "heartbeat"
			a7 6368616e6e656c a1 61    # channel: "a"
			a3 736571 cd 012c          # seq: 300
			a2 7473 05                 # ts: 5`},
	} {
		c.msg.Channel = "a"
		if c.msg.Op == 0 {
			c.msg.Op = frame.OpText
		}
		want := unhex(t, c.want)
		f := c.msg.Frame(encodings[c.encoding])
		if f.Op() != frame.OpBinary || !bytes.Equal(f.Payload(), want) {
			t.Errorf("%s: %v\ngot  %x\nwant %x", c.name, f.Op(), f.Payload(), want)
		}
	}
}

// unpack reads a message of weir.v1.msgpack, whatever it is, as a map with the fields of its JSON.
func unpack(t testing.TB, p []byte) map[string]any {
	t.Helper()
	r := bytes.NewReader(p)
	v, err := msgpack.NewDecoder(r).DecodeInterface()
	if err != nil || r.Len() > 0 {
		t.Fatalf("%x: %v, %d bytes left", p, err, r.Len())
	}
	if m, ok := v.(map[string]any); ok {
		return m
	}
	a, ok := v.([]any)
	if !ok || len(a) < 5 || len(a) > 6 {
		t.Fatalf("%x is %v", p, v)
	}
	m := map[string]any{}
	if len(a) == 6 {
		m = a[5].(map[string]any)
	}
	m["type"] = map[any]string{int8(0): "message", int8(1): "snapshot"}[a[0]]
	m["channel"], m["seq"], m["ts"], m["data"] = a[1], a[2], a[3], a[4]
	return m
}

// unjson reads a message of weir.v1, its numbers as they are written.
func unjson(t testing.TB, p []byte) (m map[string]any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(p))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return m
}

// means reports whether got, out of MessagePack, is what want, out of JSON, says.
func means(got, want any) bool {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		for k, v := range w {
			ok = ok && means(g[k], v)
		}
		return ok && len(g) == len(w)
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i, v := range w {
			ok = ok && means(g[i], v)
		}
		return ok
	case json.Number:
		if g, ok := got.(float64); ok {
			a, _ := new(big.Rat).SetString(strconv.FormatFloat(g, 'g', -1, 64))
			b, _ := new(big.Rat).SetString(string(w))
			return a.Cmp(b) == 0
		}
		return fmt.Sprint(got) == string(w)
	case string:
		if g, ok := got.([]byte); ok {
			return base64.StdEncoding.EncodeToString(g) == w
		}
	}
	return reflect.DeepEqual(got, want)
}

// Every message of the recorded market, read by a decoder of somebody else's, says what its JSON says: live, as a snapshot, with times.
func TestRecordedMeansTheSame(t *testing.T) {
	encodings := feed.Encodings()
	sizes := map[string]int{}
	for i, m := range recorded(t) {
		for json, packed := range map[string]string{"json": "msgpack", "json+times": "msgpack+times", "json shown": "msgpack shown"} {
			a, b := encodings[json].Append(nil, m), encodings[packed].Append(nil, m)
			if want, got := unjson(t, a), unpack(t, b); !means(got, want) {
				t.Fatalf("message %d: %s\n%v\n%v", i, packed, got, want)
			}
			sizes[json] += len(a)
			sizes[packed] += len(b)
		}
	}
	t.Log("bytes: ", sizes)
	if 100*sizes["msgpack"] > 70*sizes["json"] {
		t.Errorf("docs/protocol.md says that MessagePack is a third shorter: %v", sizes)
	}
}

package feed_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// reference is what encoding/json makes of a request: how many answers it gets, and whether
// bad_json is one. It knows nothing of the scanner, and takes only what it is sure of.
func reference(p []byte) (badJSON bool, obj map[string]json.RawMessage) {
	if !json.Valid(p) {
		return true, nil
	}
	if json.Unmarshal(p, &obj) != nil || obj == nil {
		return true, nil
	}
	return false, obj
}

// FuzzRequest sends anything that a client may send in a text message. Each gets
// bad_json if and only if encoding/json does not find an object in it; every answer is JSON and
// bounded; the connection is there afterwards; and the hub is as before once the names are given up.
func FuzzRequest(f *testing.F) {
	for _, in := range badInputs {
		if len(in.input) < 1000 {
			f.Add([]byte(in.input))
		}
	}
	f.Add([]byte(`{"type":"subscribe","channels":["a","b","a"],"id":"x"}`))
	f.Add([]byte(`{"type":"unsubscribe","channel":"a"}`))
	f.Add([]byte(`{"type":"subscribe","channels":["a*","*","a","a*"],"id":1}`))
	f.Add([]byte(" {\"id\" :\t7, \"type\":\r\n\"ping\" } "))
	f.Fuzz(func(t *testing.T, p []byte) {
		if !utf8.Valid(p) || len(p) > 4096 {
			t.Skip() // RFC 6455 8.1: such a text never comes out of the engine
		}
		m := inMemory(t, hub.Config{}, errorsConfig)
		c := m.dial()
		c.Send(frame.OpText, p)
		m.Settle()
		answers := m.got(c)
		if len(answers) == 0 {
			t.Fatalf("no answer to %q", p)
		}
		badJSON, obj := reference(p)
		if got := strings.HasPrefix(answers[0], `{"type":"error","code":"bad_json"`); got != badJSON {
			t.Errorf("bad_json is %v, encoding/json says %v: %q -> %s", got, badJSON, p, answers[0])
		}
		checkAnswers(t, obj, answers)
		together(c, `{"type":"ping","id":"next"}`)
		m.expect(c, `{"type":"pong","id":"next"}`)
		leave(t, m, c, answers)
	})
}

var answerTo = map[string]string{"ping": "pong", "subscribe": "subscribed", "unsubscribe": "unsubscribed"}

// checkAnswers holds the answers against the request as encoding/json reads it.
func checkAnswers(t *testing.T, obj map[string]json.RawMessage, answers []string) {
	t.Helper()
	for _, a := range answers {
		var got struct {
			Type, Code string
			ID         json.RawMessage
		}
		if err := json.Unmarshal([]byte(a), &got); err != nil || len(a) > 1024 {
			t.Fatalf("%v, %d bytes: %s", err, len(a), a)
		}
		if got.ID != nil && string(got.ID) != string(obj["id"]) && !duplicated(a) {
			t.Fatalf("id %s, want %s", got.ID, obj["id"])
		}
		switch got.Type {
		case "pong", "subscribed", "unsubscribed":
			var typ string
			if err := json.Unmarshal(obj["type"], &typ); err != nil || answerTo[typ] != got.Type {
				t.Fatalf("%s is the answer to type %s", a, obj["type"])
			}
		case "error":
			if got.Code == "" {
				t.Fatalf("no code: %s", a)
			}
		default:
			t.Fatalf("no answer: %s", a)
		}
	}
}

// duplicated says whether the answer is about a repeated field, of which encoding/json takes the
// last.
func duplicated(answer string) bool { return strings.Contains(answer, "given more than once") }

// leave gives up every channel that was subscribed to; then nothing may be left.
func leave(t *testing.T, m *memory, c *enginetest.Client, answers []string) {
	t.Helper()
	for _, a := range answers {
		var got said
		if err := json.Unmarshal([]byte(a), &got); err != nil {
			t.Fatal(err)
		}
		if got.Type == "subscribed" && got.Pattern != "" {
			together(c, `{"type":"unsubscribe","channel":"`+got.Pattern+`"}`)
			m.expect(c, `{"type":"unsubscribed","pattern":"`+got.Pattern+`"}`)
		} else if got.Type == "subscribed" {
			together(c, `{"type":"unsubscribe","channel":"`+got.Channel+`"}`)
			m.expect(c, `{"type":"unsubscribed","channel":"`+got.Channel+`"}`)
		}
	}
	if n := m.hub.Channels(); n != 0 {
		t.Errorf("%d channels are left: %v", n, answers)
	}
}

// FuzzPublishRequest posts anything: what encoding/json reads as a publish request is published with the very
// bytes of its data, and all else is not.
func FuzzPublishRequest(f *testing.F) {
	for _, s := range []string{
		`{"channel":"a","data":{"p": 1.50},"ts":7,"key":"k","id":"x"}`, `{"type":"publish","channel":"\u0061","data": null , "x":[{}]}`,
		`{"channel":"a","data":1,"data":2}`, `{"channel":"a","data":1,"ts":1e3}`, `{"type":"ping"}`, `{"channels":["a"],"data":1}`,
		"{\"channel\":\"a\",\"data\":\"\xff\"}", `{"channel":"a","data":"\"}","id":-5}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		m := inMemory(t, hub.Config{}, anybody)
		c := m.dial()
		together(c, `{"type":"subscribe","channel":"a"}`)
		m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
		r, answer := post(t, m.feed.Publisher(feed.PublisherConfig{}), typeJSON, string(p))
		if !json.Valid([]byte(answer)) || (r.StatusCode == 200) != strings.HasPrefix(answer, `{"type":"published"`) {
			t.Fatalf("%d %s", r.StatusCode, answer)
		}
		var want struct {
			Channel *string
			Data    json.RawMessage
			TS      int64
		}
		err := json.Unmarshal(p, &want)
		m.Settle()
		got := m.got(c)
		if r.StatusCode != 200 {
			if len(got) != 0 {
				t.Fatalf("answered %s, and published %q", answer, got)
			}
			return
		}
		if !utf8.Valid(p) {
			t.Fatalf("published what is not UTF-8: %q", p)
		}
		if !strings.HasPrefix(answer, `{"type":"published","channel":"a",`) {
			return // to another channel
		}
		var m1 said
		if len(got) != 1 || json.Unmarshal([]byte(got[0]), &m1) != nil || !bytes.Contains(p, m1.Data) {
			t.Fatalf("published %q, got %q", p, got)
		}
		// encoding/json takes the last of equal keys, and keys in other letter case: only then may it see something else.
		if err == nil && want.Channel != nil && *want.Channel == "a" && bytes.Count(bytes.ToLower(p), []byte("data")) == 1 &&
			!bytes.Contains(p, []byte(`\u`)) && string(want.Data) != string(m1.Data) {
			t.Fatalf("published %q, got data %s, want %s", p, m1.Data, want.Data)
		}
	})
}

// FuzzPublish publishes anything: what Publish takes arrives as the same bytes in valid JSON, and
// what it refuses arrives nowhere.
func FuzzPublish(f *testing.F) {
	for _, s := range []string{`{}`, `1`, ` [1, 2] `, `"\u00e9 é"`, ``, `{`, "\"\xff\"", `1 2`, "\"a\nb\"", "null\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m := inMemory(t, hub.Config{}, feed.Config{})
		c := m.dial()
		together(c, `{"type":"subscribe","channel":"a"}`)
		m.expect(c, `{"type":"subscribed","channel":"a","epoch":"E","seq":0}`)
		err := m.feed.Publish(t.Context(), "a", data, 7)
		if ok := json.Valid(data) && utf8.Valid(data); ok != (err == nil) {
			t.Fatalf("published %q: %v", data, err)
		}
		if err != nil {
			m.expect(c)
			return
		}
		m.Settle()
		got := m.got(c)
		want := `{"type":"message","channel":"a","seq":1,"ts":7,"data":` + string(data) + `}`
		if len(got) != 1 || got[0] != want || !json.Valid([]byte(got[0])) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

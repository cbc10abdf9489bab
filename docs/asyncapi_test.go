package docs_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// schemas are those of the AsyncAPI document, by name.
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	text, err := os.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := yaml.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.Marshal(raw) // numbers as the schema library wants them
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("asyncapi.json", doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]*jsonschema.Schema{}
	for name := range raw["components"].(map[string]any)["schemas"].(map[string]any) {
		if all[name], err = c.Compile("asyncapi.json#/components/schemas/" + name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// example is a message of protocol.md.
type example struct {
	line    int
	section string
	kind    string // "client", "server" or "held"
	text    string
}

func examples(t *testing.T) (all []example) {
	t.Helper()
	text, err := os.ReadFile("protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	section, kind := "", ""
	for i, line := range strings.Split(string(text), "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			kind, _ = strings.CutPrefix(line, "```json ")
			if strings.HasPrefix(kind, "```") {
				kind = ""
			}
		case kind != "":
			all = append(all, example{i + 1, section, kind, line})
		case strings.HasPrefix(line, "#"):
			section = strings.TrimLeft(line, "# ")
		}
	}
	return all
}

// What protocol.md shows, the server's messages above all, is what asyncapi.yaml describes; and each of its kinds is shown.
func TestAsyncAPIDescribesTheProtocol(t *testing.T) {
	all := schemas(t)
	shown := map[string]bool{}
	for _, e := range examples(t) {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(e.text))
		var kind string
		if m, ok := v.(map[string]any); ok {
			kind, _ = m["type"].(string)
		}
		s := all[kind]
		if s == nil {
			if e.kind != "client" {
				t.Errorf("protocol.md:%d: no schema for %s", e.line, e.text)
			}
			continue
		}
		if err == nil {
			err = s.Validate(v)
		}
		// The sections of the codes show requests that are wrong.
		if err != nil && (e.kind != "client" || !isCode(t, all, e.section)) {
			t.Errorf("protocol.md:%d: %s\n%v", e.line, e.text, err)
		}
		shown[kind] = shown[kind] || err == nil
	}
	for _, kind := range []string{
		"subscribe", "unsubscribe", "configure", "publish", "refresh", "ping",
		"subscribed", "unsubscribed", "configured", "published", "refreshed", "pong", "error", "message", "snapshot", "dropped", "heartbeat",
	} {
		if !shown[kind] {
			t.Errorf("protocol.md has no example of %s", kind)
		}
	}
}

func isCode(t *testing.T, all map[string]*jsonschema.Schema, section string) bool {
	t.Helper()
	return all["code"].Validate(section) == nil
}

// The schemas refuse what is no message of the protocol.
func TestAsyncAPIRefuses(t *testing.T) {
	all := schemas(t)
	for text, kind := range map[string]string{
		`{"type":"message","channel":"a","seq":1,"ts":1}`:                               "message",
		`{"type":"message","channel":"a b","seq":1,"ts":1,"data":1}`:                    "message",
		`{"type":"message","channel":"a","seq":5,"from":1,"dropped":3,"ts":1,"data":1}`: "message",
		`{"type":"message","channel":"a","seq":1,"ts":1,"data":1,"more":1}`:             "message",
		`{"type":"subscribed","channel":"a","seq":1}`:                                   "subscribed",
		`{"type":"subscribed"}`:                                "subscribed",
		`{"type":"error","code":"oops","message":"x"}`:         "error",
		`{"type":"subscribe"}`:                                 "subscribe",
		`{"type":"subscribe","channel":"a","channels":["b"]}`:  "subscribe",
		`{"type":"subscribe","channel":"a","since":{"seq":1}}`: "subscribe",
		`{"type":"configure","channel":"a"}`:                   "configure",
	} {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if all[kind].Validate(v) == nil {
			t.Errorf("%s is taken for a %s", text, kind)
		}
	}
	if names := []string{"channel", "pattern", "id", "epoch", "seq", "time", "hz", "code"}; slices.ContainsFunc(names, func(n string) bool { return all[n] == nil }) {
		t.Errorf("one of %q is missing", names)
	}
}

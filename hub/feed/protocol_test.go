package feed_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

const protocolDoc = "../../docs/protocol.md"

// section is a part of the document under one heading: blocks in their order.
type section struct {
	title  string
	blocks []block
}

type block struct {
	line int    // of the document
	kind string // "json client", "json server", "http request", "http response"
	msgs []string
}

var blockKinds = []string{"json client", "json server", "http request", "http response", "json held"}

func sections(t *testing.T) (list []section) {
	t.Helper()
	doc, err := os.ReadFile(protocolDoc)
	if err != nil {
		t.Fatal(err)
	}
	var in *block
	for i, line := range strings.Split(string(doc), "\n") {
		switch {
		case strings.HasPrefix(line, "#") && in == nil:
			list = append(list, section{title: strings.TrimLeft(line, "# ")})
		case slices.Contains(blockKinds, strings.TrimPrefix(line, "```")):
			in = &block{line: i + 1, kind: line[3:]}
		case line == "```" && in != nil:
			s := &list[len(list)-1]
			s.blocks = append(s.blocks, *in)
			in = nil
		case strings.HasPrefix(line, "```json"), strings.HasPrefix(line, "```http"):
			t.Errorf("%s:%d: a block that is none of %q", protocolDoc, i+1, blockKinds)
		case in != nil:
			in.msgs = append(in.msgs, line)
		}
	}
	return list
}

// Every example of the document, against a server on a real socket: a fresh one for each section.
func TestProtocolDocument(t *testing.T) {
	answers := 0
	for _, s := range sections(t) {
		if len(s.blocks) == 0 {
			continue
		}
		t.Run(s.title, func(t *testing.T) {
			switch s.title {
			case "Times":
				timesExample(t, s)
				return
			case "MessagePack": // for TestPackedExamples
				return
			}
			srv := serve(t, documentedHub(s.title), documented(s.title))
			c := dial(t, srv.url)
			epoch := srv.epoch(t)
			prepare(t, s, srv, c)
			var response string
			for _, b := range s.blocks { // "json held" is for TestHeldExamples, because it takes a client that does not read
				at := fmt.Sprintf("%s:%d", protocolDoc, b.line)
				switch b.kind {
				case "json client":
					for _, msg := range b.msgs {
						c.send(strings.ReplaceAll(msg, docEpoch, epoch))
					}
				case "json server":
					for _, want := range b.msgs {
						checkExample(t, s, srv, c, at, want)
						answers++
					}
				case "http request":
					response = askExample(t, srv, at, b.msgs)
				case "http response":
					checkResponse(t, at, response, b.msgs)
					answers++
				}
			}
			c.send(`{"type":"ping","id":"that was all"}`)
			c.want(`{"type":"pong","id":"that was all"}`)
		})
	}
	if answers < 20 {
		t.Errorf("only %d answers were found in %s", answers, protocolDoc)
	}
}

// prepare brings about what the section's examples take for granted.
func prepare(t *testing.T, s section, srv *server, c *client) {
	switch s.title {
	case "too_big":
		c.send(strings.Repeat(" ", feed.DefaultMaxRequest+1))
	case "too_many_channels":
		var names []string
		for i := range 1024 {
			names = append(names, fmt.Sprintf(`"c%d"`, i))
		}
		c.send(`{"type":"subscribe","channels":[` + strings.Join(names, ",") + `]}`)
		for range names {
			if a := c.read(); !strings.HasPrefix(a, `{"type":"subscribed"`) {
				t.Fatal(a)
			}
		}
	case "unsubscribe":
		c.send(`{"type":"subscribe","channel":"ethusdt@trade"}`)
		if a := c.read(); !strings.HasPrefix(a, `{"type":"subscribed"`) {
			t.Fatal(a)
		}
	case "unavailable":
		_ = srv.hub.Close()
	}
	if before := history[s.title]; before != nil {
		for _, m := range before {
			if _, err := srv.hub.Publish(t.Context(), m.channel, m.Payload); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	for _, b := range s.blocks {
		for _, msg := range b.msgs {
			var m said
			if json.Unmarshal([]byte(msg), &m) == nil && m.Type == "subscribed" && (s.title != "Patterns" || m.Pattern != "") {
				for range m.Seq { // what was published before
					srv.publish(t, m.Channel, `0`, 1)
				}
			}
		}
	}
}

// requestFields have rows in a table of the document too.
var requestFields = []string{"type", "channel", "channels", "id", "since", "maxHz", "data", "ts", "key", "snapshot", "gap", "token"}

var epoch = regexp.MustCompile(`^[0-9A-Z]{10}\.[0-9a-z]+$`)

// checkExample reads the next message and compares it with the document's, which is published first if
// it is one that somebody has to publish.
func checkExample(t *testing.T, s section, srv *server, c *client, at, want string) {
	t.Helper()
	var w, g said
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("%s: %v: %s", at, err, want)
	}
	appeared := s.title == "Patterns" && w.Seq == 1 // published with its subscribed
	if w.Type == "message" && s.title != "publish" && !wasPublished(s.title, w) && !appeared {
		if _, err := srv.hub.Publish(t.Context(), w.Channel, hub.Payload{Key: w.Key, Data: w.Data, Time: w.TS}); err != nil {
			t.Fatal(err)
		}
	}
	switch {
	case w.Type == "heartbeat":
		ts := time.Unix(0, w.TS)
		srv.hub.Heartbeat(ts.Add(-time.Minute)) // the first one only sees where the channel is
		srv.hub.Heartbeat(ts)
	case w.Type == "subscribed" && w.Pattern != "" && w.Channel != "" && w.Seq == 0: // the channel appears
		srv.publish(t, w.Channel, "{\"p\":\"4.107\"}", 1723161254087912004)
	}
	got := c.read()
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%s: %v: %s", at, err, got)
	}
	if maskEpoch(got) != maskEpoch(want) {
		t.Errorf("%s:\ndocument: %s\nserver:   %s", at, want, got)
	}
	if w.Type == "subscribed" && w.Channel != "" && (!epoch.MatchString(w.Epoch) || !epoch.MatchString(g.Epoch)) {
		t.Errorf("%s: epochs %q in the document, %q from the server", at, w.Epoch, g.Epoch)
	}
}

// allCodes is every Code; the compiler cannot list them, so a test reads the source.
func allCodes(t *testing.T) (codes []string) {
	t.Helper()
	src, err := os.ReadFile("codes.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^\tCode\w+ +Code = "(\w+)"$`).FindAllStringSubmatch(string(src), -1) {
		codes = append(codes, m[1])
	}
	return codes
}

// Each code of the package has a row in the document's table and an example, and there are no others.
func TestEveryCodeIsDocumented(t *testing.T) {
	doc, err := os.ReadFile(protocolDoc)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| [^|]+ \\| [^|]+ \\|$").FindAllStringSubmatch(string(doc), -1) {
		rows = append(rows, m[1])
	}
	codes := allCodes(t)
	for _, code := range codes {
		if !slices.Contains(rows, code) {
			t.Errorf("%s has no row in %s", code, protocolDoc)
		}
		if !strings.Contains(string(doc), "\n### "+code+"\n") || !strings.Contains(string(doc), `"code":"`+code+`"`) {
			t.Errorf("%s has no example in %s", code, protocolDoc)
		}
	}
	if len(codes) != 15 {
		t.Errorf("%d codes: %v", len(codes), codes)
	}
	for _, row := range rows {
		if !slices.Contains(codes, row) && !slices.Contains(requestFields, row) {
			t.Errorf("%s of %s is no code of the package", row, protocolDoc)
		}
	}
}

// The close codes that the document names and that are the feed's own.
func TestClosesOverTheWire(t *testing.T) {
	c := dial(t, serve(t, hub.Config{}, feed.Config{}).url)
	if err := c.ws.Write(t.Context(), websocket.MessageBinary, []byte(`{"type":"ping"}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusUnsupportedData {
		t.Errorf("a binary message is answered with %v, want 1003", err)
	}
}

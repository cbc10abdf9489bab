package binance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/binance"
)

// The examples of the document are what is said, line by line.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/binance.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```json\n")
	examples, _, ok := strings.Cut(rest, "\n```")
	lines := strings.Split(examples, "\n")
	if !ok || len(lines) < 12 || len(lines)%2 != 0 {
		t.Fatalf("%d lines of examples", len(lines))
	}
	r := start(t, binance.Config{})
	c := r.dial("/ws")
	for i := 0; i < len(lines); i += 2 {
		c.Send(frame.OpText, []byte(lines[i]))
		r.expect(c, lines[i+1])
	}
}

package feed_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine/enginetest"
)

// The document's examples of what slow clients get, against a client in memory that is as slow as they say.
func TestHeldExamples(t *testing.T) {
	runs := []func(*memory, *enginetest.Client) []string{
		func(m *memory, c *enginetest.Client) []string {
			together(c, `{"type":"subscribe","channel":"all@ticker"}`)
			m.fill(c)
			for i := range 10 {
				m.put("all@ticker", []string{"BTCUSDT", "ETHUSDT", "SOLUSDT"}[i%3], fmt.Sprint(i))
			}
			c.Unstall()
			m.Advance(time.Second)
			return m.rest(c)
		},
		func(m *memory, c *enginetest.Client) []string {
			together(c, `{"type":"subscribe","channel":"btcusdt@ticker","maxHz":5}`)
			m.Settle()
			m.got(c)
			for i := range 45 {
				m.put("btcusdt@ticker", "", fmt.Sprint(i))
				m.Advance(10 * time.Millisecond)
			}
			return m.rest(c)
		},
		func(m *memory, c *enginetest.Client) []string {
			together(c, `{"type":"subscribe","channel":"btcusdt@kline"}`)
			m.fill(c)
			for i := range 5 {
				m.put("btcusdt@kline", "", fmt.Sprint(i))
			}
			c.SetCapacity(c.Pending() + 20<<10)
			c.Unstall()
			m.Advance(100 * time.Millisecond)
			m.put("btcusdt@kline", "", `"next"`)
			c.SetCapacity(-1)
			m.Advance(time.Second)
			got := m.rest(c)
			m.fill(c)
			m.put("btcusdt@kline", "", `7`)
			m.put("btcusdt@kline", "", `8`)
			c.Unstall()
			m.Advance(time.Second)
			m.put("btcusdt@kline", "", `9`)
			return append(got, m.rest(c)...)
		},
	}
	var blocks []block
	for _, s := range sections(t) {
		for _, b := range s.blocks {
			if b.kind == "json held" {
				blocks = append(blocks, b)
			}
		}
	}
	if len(blocks) != len(runs) {
		t.Fatalf("%d examples in the document, %d here", len(blocks), len(runs))
	}
	for i, b := range blocks {
		m := withPolicies(t)
		if got := runs[i](m, m.dial()); !slices.Equal(got, b.msgs) {
			t.Errorf("%s:%d: got\n%q\nthe document has\n%q", protocolDoc, b.line, got, b.msgs)
		}
	}
}

package source_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/weir-ws/weir/hub/feed/source"
)

// publishLines runs lines of text and returns what was published, and which lines were bad.
func publishLines(t *testing.T, text string, change func(*source.LinesConfig)) (got []message, bad []string, err error) {
	t.Helper()
	cfg := source.LinesConfig{Name: "stdin", In: strings.NewReader(text), Clock: newFakeClock(),
		Bad: func(e *source.LineError) { bad = append(bad, e.Error()) }}
	if change != nil {
		change(&cfg)
	}
	l, err := source.NewLines(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var c collector
	err = l.Run(t.Context(), &c)
	if st := l.Stats(); int(st.Messages) != len(c.messages) || int(st.Bad) != len(bad) {
		t.Errorf("counted %+v, there were %d messages and %d bad lines", st, len(c.messages), len(bad))
	}
	return c.messages, bad, err
}

func TestLines(t *testing.T) {
	got, bad, err := publishLines(t, `{"channel":"a","data":{"p": 1.0}}
{"channel":"b","data":null,"ts":5,"key":"k","snapshot":true,"gap":true,"other":[1]}

  { "data" : "x" , "channel" : "a", "type":"publish" }`, nil)
	want := []message{
		{channel: "a", data: `{"p": 1.0}`, ts: epoch.UnixNano()},
		{channel: "b", data: "null", ts: 5, snapshot: true, gap: true},
		{channel: "a", data: `"x"`, ts: epoch.UnixNano()},
	}
	if err != nil || bad != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %q, published\n%+v\nwant\n%+v", err, bad, got, want)
	}
}

// A bad line is told with its number, and every channel learns that something may be missing.
func TestBadLines(t *testing.T) {
	refuse := func(c *source.LinesConfig) {
		c.Check = func(channel string) error {
			if channel == "no" {
				return errors.New("no such name")
			}
			return nil
		}
	}
	text := strings.Join([]string{
		`{"channel":"a","data":1}`, `hello`, `{"channel":"a","data":2}`, `{"channel":"a","data":3}`, `{"channel":"b","data":4}`,
		`{"data":1}`, `{"channel":"a"}`, `{"channel":"no","data":1}`, `{"channel":"a","data":1,"ts":-1}`, "{\"channel\":\"a\",\"data\":\"\xff\"}",
		`{"channel":"` + strings.Repeat("x", source.MaxLine) + `"}`, `{"channel":"a","data":5}`, `[]`,
	}, "\n")
	got, bad, err := publishLines(t, text, refuse)
	var told []string
	for _, m := range got {
		told = append(told, fmt.Sprint(m.channel, m.data, m.gap))
	}
	if want := []string{"a1false", "a2true", "a3false", "b4true", "a5true"}; err != nil || !slices.Equal(told, want) {
		t.Errorf("%v, published %q, want %q", err, told, want)
	}
	for i, want := range []string{
		"stdin:2: malformed line: ", "stdin:6: malformed line: channel is missing", "stdin:7: malformed line: data is missing",
		"stdin:8: malformed line: no such name", "stdin:9: malformed line: ts is ", "stdin:10: malformed line: not UTF-8", "stdin:11: line too long",
		"stdin:13: malformed line: ",
	} {
		if i >= len(bad) || !strings.HasPrefix(bad[i], want) {
			t.Errorf("bad line %d is not %q: %q", i, want, bad)
			break
		}
	}
	got, _, err = publishLines(t, text, func(c *source.LinesConfig) { c.Strict = true })
	var e *source.LineError
	if !errors.As(err, &e) || e.Line != 2 || !errors.Is(err, source.ErrMalformed) || len(got) != 1 {
		t.Errorf("strict: %v after %d messages", err, len(got))
	}
}

func TestLinesEnd(t *testing.T) {
	broken := errors.New("broken")
	_, _, err := publishLines(t, "", func(c *source.LinesConfig) {
		c.In = io.MultiReader(strings.NewReader("{\"channel\":\"a\",\"data\":1}\n"), iotest.ErrReader(broken))
	})
	var e *source.LineError
	if !errors.As(err, &e) || e.Line != 2 || !errors.Is(err, broken) {
		t.Errorf("reading fails: %v", err)
	}
	if _, err := source.NewLines(source.LinesConfig{}); err == nil {
		t.Error("nothing to read from")
	}
	l, err := source.NewLines(source.LinesConfig{Name: "stdin", In: strings.NewReader(`{"channel":"a","data":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	err = l.Run(t.Context(), source.SinkFunc(func(ctx context.Context, _ source.Event) error {
		if err := l.Run(ctx, new(collector)); err != source.ErrRunning {
			t.Errorf("twice at once: %v", err)
		}
		return broken
	}))
	if err == nil || err.Error() != `stdin:1: publish to "a": broken` {
		t.Errorf("the sink fails: %v", err)
	}
}

// It is stopped although nothing comes.
func TestLinesStop(t *testing.T) {
	r, w := io.Pipe()
	l, err := source.NewLines(source.LinesConfig{In: r})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Run(ctx, new(collector)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_ = w.Close() // the read under way ends
}

func FuzzLines(f *testing.F) {
	f.Add(`{"channel":"a","data":1}`)
	f.Add("hello\n{}\n\n[")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := source.NewLines(source.LinesConfig{In: strings.NewReader(text)})
		if err != nil {
			t.Fatal(err)
		}
		var c collector
		if err := l.Run(t.Context(), &c); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		lines := 0
		for _, line := range strings.Split(text, "\n") {
			if len(strings.TrimSpace(line)) > 0 {
				lines++
			}
		}
		if n := len(c.messages) + int(l.Stats().Bad); n != lines {
			t.Errorf("%q: %d messages and bad lines of %d lines", text, n, lines)
		}
	})
}

func ExampleLines() {
	lines, err := source.NewLines(source.LinesConfig{Name: "feed.ndjson", In: strings.NewReader(
		`{"channel":"btcusdt@trade","data":{"p":"61230.10"},"ts":1723161254087896568}
{"p":"61230.15"}
{"channel":"btcusdt@trade","data":{"p":"61230.20"},"ts":1723161254087912004}
`), Bad: func(err *source.LineError) { fmt.Println(err) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = lines.Run(context.Background(), source.SinkFunc(func(_ context.Context, e source.Event) error {
		fmt.Println(e.TS, e.Channel, string(e.Data), e.Gap)
		return nil
	}))
	fmt.Println(err)
	// Output:
	// 1723161254087896568 btcusdt@trade {"p":"61230.10"} false
	// feed.ndjson:2: malformed line: channel is missing
	// 1723161254087912004 btcusdt@trade {"p":"61230.20"} true
	// <nil>
}

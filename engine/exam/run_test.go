package exam

import (
	"context"
	"errors"
	"net"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
)

func TestRunKeepsOrderAndBound(t *testing.T) {
	var open, most atomic.Int32
	var cases []Case
	for range 50 {
		cases = append(cases, Case{Section: "s", Name: string(rune('A' + len(cases))), Run: func(*Client) error {
			if n := open.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer open.Add(-1)
			return nil
		}})
	}
	progress := 0
	report, err := Run(t.Context(), Target{URL: "ws://nowhere/", Dial: toNowhere}, cases,
		Options{Parallel: 3, Progress: func(Result) { progress++ }})
	if err != nil {
		t.Fatal(err)
	}
	if !report.OK() || len(report.Results) != 50 || progress != 50 || most.Load() > 3 {
		t.Errorf("OK %t, %d results, %d reported, %d at a time", report.OK(), len(report.Results), progress, most.Load())
	}
	for i, r := range report.Results {
		if r.Case.Name != cases[i].Name {
			t.Fatalf("result %d is of case %s, want %s", i, r.Case.Name, cases[i].Name)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var cases []Case
	for range 10 {
		cases = append(cases, Case{Section: "s", Name: "n", Run: func(c *Client) error {
			cancel()
			_, err := c.conn.Read(make([]byte, 1)) // ends because the context closes the connection
			return err
		}})
	}
	silent := func(context.Context) (net.Conn, error) {
		client, server := net.Pipe()
		t.Cleanup(func() { _ = server.Close() })
		return client, nil
	}
	report, err := Run(ctx, Target{URL: "ws://nowhere/", Dial: silent}, cases, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report.OK() || report.Unsat != 10 {
		t.Errorf("OK %t, %d not sat; want 10 without a verdict", report.OK(), report.Unsat)
	}
}

func TestRunWithoutAServer(t *testing.T) {
	refused := errors.New("refused")
	dial := func(context.Context) (net.Conn, error) { return nil, refused }
	cases := Cases(Options{Match: regexp.MustCompile("^handshake/accepted/ordinary$")})
	report, err := Run(t.Context(), Target{URL: "ws://nowhere/", Dial: dial}, cases, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, bad := report.Tally(Handshake); bad != 1 || !errors.Is(report.Results[0].Err, refused) {
		t.Errorf("%v", report)
	}
	for _, url := range []string{"127.0.0.1:9001", "ftp://host/", "ws:///path", "ws://a b/"} {
		if _, err := Run(t.Context(), Target{URL: url}, cases, Options{}); err == nil {
			t.Errorf("%q is taken for a URL", url)
		}
	}
}

func TestCasesAreNamedAndExplained(t *testing.T) {
	seen := map[string]bool{}
	perSection := map[string]int{}
	for _, c := range Cases(Options{Sections: SectionNames()}) {
		if seen[c.String()] {
			t.Errorf("%s is there twice", c)
		}
		seen[c.String()] = true
		perSection[c.Section]++
		if c.Name == "" || c.Doc == "" || c.Run == nil || strings.Contains(c.Name, " ") {
			t.Errorf("%q has no proper name, rule or question", c)
		}
	}
	for _, name := range SectionNames() {
		if perSection[name] < 50 {
			t.Errorf("section %s has %d cases", name, perSection[name])
		}
	}
}

func TestCasesAreFiltered(t *testing.T) {
	got := Cases(Options{Sections: []string{Opcode}, Match: regexp.MustCompile("/3/")})
	if len(got) == 0 {
		t.Fatal("nothing is left")
	}
	for _, c := range got {
		if c.Section != Opcode || !strings.HasPrefix(c.Name, "3/") {
			t.Errorf("%s is left", c)
		}
	}
	for _, c := range Cases(Options{}) {
		if c.Section == Deflate {
			t.Fatalf("%s was not asked for", c)
		}
	}
	for _, c := range Cases(Options{MaxMessage: 1 << 16, Sections: []string{Limits}}) {
		if strings.HasSuffix(c.Name, "MiB") {
			t.Errorf("%s is above the largest message", c)
		}
	}
}

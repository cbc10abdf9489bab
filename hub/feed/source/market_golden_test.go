package source_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The same seed and clock make the same bytes, in every run and on every machine. The golden file is a recording:
// replayed, it gives the market's messages back.
func TestMarketGolden(t *testing.T) {
	const golden = "testdata/market.golden"
	cfg := source.MarketConfig{Symbols: 2, Seed: 42}
	got := market(t, cfg, 150)
	if again := market(t, cfg, 150); !slices.Equal(got, again) {
		t.Error("a second market is different")
	}
	var b bytes.Buffer
	for _, m := range got {
		fmt.Fprintf(&b, "%d {\"stream\":%q,\"data\":%s}\n", m.ts, m.channel, m.data)
	}
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v; `go test -run Golden -update` writes it", err)
	}
	gotLines, wantLines := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			t.Fatalf("line %d:\ngot  %s\nwant %s\n`go test -run Golden -update` if it is meant to change", i+1, gotLines[i], wantLines[i])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Fatalf("%d lines, want %d", len(gotLines), len(wantLines))
	}
	replayed, _, err := play(t, golden)
	for i := range got {
		got[i].at, got[i].snapshot = 0, false // play has no clock, and a recording does not tell what a state is
	}
	if err != nil || !slices.Equal(replayed, got) {
		t.Errorf("replayed it is different: %v", err)
	}
}

var (
	levels = regexp.MustCompile(`\["#.8","#.8"\](,\["#.8","#.8"\])*`)
	fixed8 = regexp.MustCompile(`"[0-9]+\.[0-9]{8}"`)
	whole  = regexp.MustCompile(`:[0-9]+`)
	flags  = regexp.MustCompile(`"m":(true|false)`)
	name   = regexp.MustCompile(`"s":"[A-Z]+"`)
)

// shape is what a message looks like, whatever its values.
func shape(data string) string {
	data = fixed8.ReplaceAllString(data, `"#.8"`)
	data = levels.ReplaceAllString(data, `LEVELS`)
	data = strings.ReplaceAll(data, "[LEVELS]", "[]")
	data = whole.ReplaceAllString(data, `:#`)
	data = flags.ReplaceAllString(data, `"m":?`)
	return name.ReplaceAllString(data, `"s":"NAME"`)
}

func shapes(messages []message) (set []string) {
	for _, m := range messages {
		if m.snapshot { // the exchange sends none: they are got by REST
			continue
		}
		_, kind, _ := strings.Cut(m.channel, "@")
		set = append(set, kind+" "+shape(m.data))
	}
	slices.Sort(set)
	return slices.Compact(set)
}

// The market's messages cannot be told from the recorded ones by their shape.
func TestMarketLooksRecorded(t *testing.T) {
	recorded, _, err := play(t, recordingPath(t))
	if err != nil {
		t.Fatal(err)
	}
	got, want := shapes(market(t, source.MarketConfig{}, 3_000)), shapes(recorded[:3_000])
	if !slices.Equal(got, want) || len(want) != 3 {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

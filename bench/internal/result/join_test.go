package result

import (
	"math"
	"strings"
	"testing"
)

func sample(server string, round int, messages int64, noisy bool) Record {
	return Record{Sample: &Sample{Cell: "echo", Server: server, Round: round, Messages: messages, UserCPU: 1, Noisy: noisy}}
}

func messages(s *Sample) float64 {
	if s.Messages == 0 {
		return math.NaN()
	}
	return float64(s.Messages)
}

func TestJoinKeepsRoundsApart(t *testing.T) {
	m := Machine{CPU: "one", Memory: 1000, LoadBefore: [3]float64{1, 2, 3}}
	a := []Record{{Run: &Run{Machine: m, Weir: "a1", Servers: []Server{{Name: "weir", Version: "1"}}}}, {Missing: &Missing{Name: "gws", Reason: "gone"}},
		sample("weir", 1, 10, false), sample("weir", 2, 30, false), {End: &End{}}}
	m.LoadBefore, m.Memory = [3]float64{}, 1001
	b := []Record{{Run: &Run{Machine: m, Weir: "a2", Servers: []Server{{Name: "weir", Version: "1"}, {Name: "gws", Version: "2"}}}},
		sample("weir", 1, 50, true), sample("weir", 1, 40, false), sample("gws", 1, 80, false), sample("gws", 2, 90, false)}
	s, err := Join([]string{"a", "b"}, [][]Record{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Spread("echo", "weir", messages); got != (Spread{30, 10, 40, 3}) {
		t.Errorf("weir: %+v; the noisy one must not count", got)
	}
	if got := s.Ratio(Side{"echo", "gws", messages}, Side{"echo", "weir", messages}); got != (Spread{2, 2, 2, 1}) {
		t.Errorf("ratio: %+v; only one round has both", got)
	}
	if s.Broken != 1 || len(s.Ends) != 1 || len(s.Missing) != 0 || len(s.Notes) != 1 || !strings.Contains(s.Notes[0], "a1 and a2") {
		t.Errorf("%+v", s)
	}
}

func TestRoundsWithoutTheFigureDoNotCount(t *testing.T) {
	s, err := Join([]string{"a"}, [][]Record{{{Run: &Run{}}, sample("weir", 1, 0, false), sample("weir", 2, 7, false), sample("gws", 1, 7, false), sample("gws", 2, 0, false)}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Spread("echo", "weir", messages); got.N != 1 || got.Median != 7 {
		t.Errorf("%+v", got)
	}
	if got := s.Ratio(Side{"echo", "gws", messages}, Side{"echo", "weir", messages}); got.N != 0 {
		t.Errorf("a ratio of what was not measured: %+v", got)
	}
}

func TestJoinRefuses(t *testing.T) {
	run := func(m Machine) []Record { return []Record{{Run: &Run{Machine: m}}, {End: &End{}}} }
	for name, c := range map[string]struct {
		files [][]Record
		says  string
	}{
		"other machines":     {[][]Record{run(Machine{CPU: "one"}), run(Machine{CPU: "two"})}, "CPU: two, one"},
		"other settings":     {[][]Record{run(Machine{Sysctl: map[string]string{"cc": "bbr"}}), run(Machine{Sysctl: map[string]string{"cc": "cubic"}})}, "cc: cubic, bbr"},
		"more memory":        {[][]Record{run(Machine{Memory: 1000}), run(Machine{Memory: 1100})}, "memory"},
		"no run":             {[][]Record{nil}, "no run"},
		"no beginning":       {[][]Record{{sample("weir", 1, 1, false)}}, "beginning"},
		"something after it": {[][]Record{append(run(Machine{}), sample("weir", 1, 1, false))}, "beginning"},
	} {
		names := []string{"a.jsonl", "b.jsonl"}[:len(c.files)]
		if _, err := Join(names, c.files); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

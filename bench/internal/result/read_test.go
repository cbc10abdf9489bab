package result

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

func records() []Record {
	return []Record{
		{Run: &Run{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Servers: []Server{{Name: "weir", Version: "v1"}}, Cells: []string{"idle/18k"}, Rounds: 1}},
		{Missing: &Missing{Name: "bun", Reason: "not installed"}},
		{Sample: &Sample{Cell: "idle/18k", Server: "weir", Round: 1, Latency: &Latency{P50: 1, Curve: [][2]float64{{0.5, 1}}}, Timeline: []Point{{Seconds: 1}}}},
		{Failure: &Failure{Cell: "idle/18k", Server: "gws", Round: 1, Error: "lost 41"}},
		{End: &End{Seconds: 2}},
	}
}

func written(t *testing.T, rs []Record) string {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, r := range rs {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

func TestReadGivesWhatWasWritten(t *testing.T) {
	got, err := Read(strings.NewReader(written(t, records())))
	if err != nil || !reflect.DeepEqual(got, records()) {
		t.Fatalf("%v, %+v", err, got)
	}
}

// TestEveryCut reads a file cut short at each of its bytes, as a killed run may leave it: what was whole is there.
func TestEveryCut(t *testing.T) {
	whole := written(t, records())
	for n := range len(whole) {
		got, err := Read(strings.NewReader(whole[:n]))
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		// A line that lacks nothing but its newline is whole.
		least, most := strings.Count(whole[:n], "\n"), strings.Count(whole[:n+1], "\n")
		if len(got) != least && len(got) != most {
			t.Fatalf("cut at %d: %d records, want %d", n, len(got), least)
		}
		if len(got) > 0 {
			s, err := Join([]string{"cut"}, [][]Record{got})
			if err != nil {
				t.Fatalf("cut at %d: %v", n, err)
			}
			if ended := got[len(got)-1].End != nil; ended == (s.Broken == 1) {
				t.Fatalf("cut at %d: %d broken runs", n, s.Broken)
			}
		}
	}
}

func TestReadIgnoresWhatItDoesNotKnow(t *testing.T) {
	in := `{"run":{"rounds":3,"moon":"full"},"tide":1}` + "\n\n" + `{"weather":{"wind":4}}` + "\n" + `{"end":{"seconds":1}}` + "\n"
	got, err := Read(strings.NewReader(in))
	if err != nil || len(got) != 2 || got[0].Run.Rounds != 3 || got[1].End == nil {
		t.Fatalf("%v, %+v", err, got)
	}
}

func TestReadNamesTheLineThatIsNoRecord(t *testing.T) {
	for _, in := range []string{"{\"end\":{}}\nhello\n{\"end\":{}}\n", "{\"end\":{}}\n{\"sample\":{\"cell\":4}}\n"} {
		if _, err := Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v", in, err)
		}
	}
	if _, err := Read(strings.NewReader("{}\n" + strings.Repeat("x", maxLine+1))); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line without end: %v", err)
	}
	broken := errors.New("disk on fire")
	if _, err := Read(failing{broken}); !errors.Is(err, broken) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error)  { return 0, f.err }
func (f failing) Write([]byte) (int, error) { return 0, f.err }

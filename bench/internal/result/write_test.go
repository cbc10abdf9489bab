package result

import (
	"errors"
	"math"
	"strings"
	"testing"
)

type counting struct{ writes []string }

func (c *counting) Write(p []byte) (int, error) {
	c.writes = append(c.writes, string(p))
	return len(p), nil
}

func TestEachRecordIsOneWriteOfOneLine(t *testing.T) {
	var c counting
	w := NewWriter(&c)
	for i, r := range records() {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
		if len(c.writes) != i+1 || strings.Index(c.writes[i], "\n") != len(c.writes[i])-1 {
			t.Fatalf("after %d records: %q", i+1, c.writes)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	var c counting
	for name, r := range map[string]Record{
		"nothing":    {},
		"two things": {End: &End{}, Missing: &Missing{}},
		"no number":  {End: &End{Load: math.NaN()}},
	} {
		if err := NewWriter(&c).Write(r); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if len(c.writes) != 0 {
		t.Errorf("something was written: %q", c.writes)
	}
	broken := errors.New("no space left")
	if err := NewWriter(failing{broken}).Write(Record{End: &End{}}); !errors.Is(err, broken) {
		t.Errorf("a full disk: %v", err)
	}
}

// TestEveryKindOfRecordIsWritten fails if Record gets a field that Write does not count.
func TestEveryKindOfRecordIsWritten(t *testing.T) {
	var c counting
	for _, r := range []Record{{Scale: &Scale{}}, {Million: &Million{}}, {Run: &Run{}}} {
		if err := NewWriter(&c).Write(r); err != nil {
			t.Error(err)
		}
	}
}

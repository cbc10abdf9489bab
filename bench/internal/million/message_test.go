package million

import (
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"
)

func packed(t *testing.T, most int64, values ...int64) []byte {
	t.Helper()
	h := hdrhistogram.New(1, most, 3)
	for _, v := range values {
		if err := h.RecordValue(v); err != nil {
			t.Fatal(err)
		}
	}
	b, err := pack(h)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMerge(t *testing.T) {
	const minute = int64(60e9)
	h, err := merge([][]byte{packed(t, minute, 1000, 2000, 3000), packed(t, minute), packed(t, minute, 4000, 50e9)})
	if err != nil {
		t.Fatal(err)
	}
	if h.TotalCount() != 5 || h.Min() != 1000 || h.ValueAtQuantile(50) != 3001 && h.ValueAtQuantile(50) != 3000 {
		t.Errorf("%d values from %d, median %d", h.TotalCount(), h.Min(), h.ValueAtQuantile(50))
	}
	if worst := h.Max(); worst < 50e9 || worst > 50e9*1001/1000 {
		t.Errorf("max %d", worst)
	}
}

func TestMergeRefuses(t *testing.T) {
	if _, err := merge([][]byte{packed(t, 1000, 5), packed(t, 60e9, 50e9)}); err == nil {
		t.Error("a value was lost without a word")
	}
	if _, err := merge(nil); err == nil {
		t.Error("nothing is a histogram")
	}
	if _, err := merge([][]byte{packed(t, 1000, 5), nil}); err == nil {
		t.Error("a client without latencies is none")
	}
}

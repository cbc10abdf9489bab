package million

import (
	"testing"
	"time"
)

func TestPingAfter(t *testing.T) {
	for _, row := range []struct {
		conns, cores int
		want         time.Duration
	}{
		{40_000, 2, 30 * time.Second}, {240_000, 2, 30 * time.Second}, {1_000_000, 2, 125 * time.Second}, {1_000_000, 16, 30 * time.Second},
	} {
		if d := pingAfter(row.conns, row.cores); d != row.want {
			t.Errorf("%d connections on %d cores: %v, want %v", row.conns, row.cores, d, row.want)
		}
	}
}

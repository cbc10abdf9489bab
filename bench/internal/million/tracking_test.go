package million

import "testing"

func TestTracking(t *testing.T) {
	used, on, err := tracking()
	if err != nil || used < 0 || on && used < probes/2 {
		t.Errorf("%d are tracked, %t, %v", used, on, err)
	}
}

package clients

import (
	"testing"

	"github.com/weir-ws/weir/engine/exam"
)

// TestConformance sits the exam with the echo server as it is shipped.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("the exam has thousands of cases")
	}
	url := start(t, build(t), "echo", "--listen", "127.0.0.1:0")
	exam.Test(t, exam.Target{URL: url}, exam.Options{})
}

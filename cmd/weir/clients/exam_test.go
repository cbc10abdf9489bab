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

// TestConformanceCompressed sits what there is about compression with the echo server as it is shipped, and then the rest of the
// exam through compression, with every window kept and with none.
func TestConformanceCompressed(t *testing.T) {
	if testing.Short() {
		t.Skip("the exam has thousands of cases")
	}
	url := start(t, build(t), "echo", "--compress", "--listen", "127.0.0.1:0")
	exam.Test(t, exam.Target{URL: url}, exam.Options{Sections: []string{exam.Deflate}})
	for name, offer := range map[string]exam.DeflateOffer{
		"windows kept": {Required: true},
		"none kept":    {ServerNoContextTakeover: true, ClientNoContextTakeover: true, Required: true},
	} {
		t.Run(name, func(t *testing.T) {
			exam.Test(t, exam.Target{URL: url, Extension: offer}, exam.Options{MaxMessage: 1 << 20})
		})
	}
}

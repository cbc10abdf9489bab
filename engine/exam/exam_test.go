package exam_test

import (
	"context"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine/exam"
)

// TestCleanServerPasses shows that the exam asks for nothing impossible.
func TestCleanServerPasses(t *testing.T) {
	o := exam.Options{}
	if testing.Short() || raceDetector {
		o.MaxMessage = 1 << 20 // the test's server is slow when it is watched
	}
	exam.Test(t, exam.Target{URL: serve(t)}, o)
}

// TestBugsAreCaught shows that the exam can be failed: each bug earns the
// verdict named, in the section where its rule is.
func TestBugsAreCaught(t *testing.T) {
	tests := []struct {
		bug     string
		section string
		verdict exam.Verdict
		total   bool // not even the plainest connection works
	}{
		{"takes long lengths", exam.Framing, exam.Failed, false},
		{"ignores the top bit", exam.Framing, exam.Failed, false},
		{"drops the last byte of long messages", exam.Framing, exam.Failed, false},
		{"cuts lengths to 16 bits", exam.Framing, exam.Failed, false},
		{"swaps neighbours", exam.Framing, exam.Failed, false},
		{"echoes text as binary", exam.Framing, exam.Failed, true},
		{"sends long lengths", exam.Framing, exam.Failed, true},
		{"holds echoes while a frame is unfinished", exam.Framing, exam.Failed, false},
		{"drops empty messages", exam.Framing, exam.Failed, false},

		{"answers no ping", exam.Ping, exam.Failed, false},
		{"answers pings with nothing", exam.Ping, exam.Failed, false},
		{"answers pings backwards", exam.Ping, exam.Failed, false},
		{"cuts pongs to 124 bytes", exam.Ping, exam.Failed, false},
		{"answers no ping inside a message", exam.Ping, exam.Failed, false},
		{"answers pongs", exam.Ping, exam.Failed, false},
		{"takes long controls", exam.Ping, exam.Failed, false},

		{"ignores RSV", exam.Reserved, exam.Failed, false},
		{"ignores RSV2", exam.Reserved, exam.Failed, false},
		{"ignores RSV on control frames", exam.Reserved, exam.Failed, false},
		{"always fails with 1000", exam.Reserved, exam.Failed, false},

		{"takes reserved opcodes for binary", exam.Opcode, exam.Failed, false},
		{"takes opcode 15 for binary", exam.Opcode, exam.Failed, false},
		{"fails without a close frame", exam.Opcode, exam.NonStrict, false},

		{"takes fragmented controls", exam.Fragmentation, exam.Failed, false},
		{"takes stray continuations", exam.Fragmentation, exam.Failed, false},
		{"lets a message interrupt another", exam.Fragmentation, exam.Failed, false},
		{"forgets the message at a ping", exam.Fragmentation, exam.Failed, false},

		{"checks no UTF-8", exam.UTF8, exam.Failed, false},
		{"takes surrogates", exam.UTF8, exam.Failed, false},
		{"checks UTF-8 late", exam.UTF8, exam.NonStrict, false},
		{"checks UTF-8 a frame", exam.UTF8, exam.NonStrict, false},
		{"fails UTF-8 with 1002", exam.UTF8, exam.Failed, false},
		{"carries half a code point over", exam.UTF8, exam.Failed, false},

		{"closes without a handshake", exam.Close, exam.Failed, true},
		{"takes one-byte closes", exam.Close, exam.Failed, false},
		{"takes every status", exam.Close, exam.Failed, false},
		{"takes status 1015", exam.Close, exam.Failed, false},
		{"takes every reason", exam.Close, exam.Failed, false},
		{"answers every close with 1001", exam.Close, exam.Failed, true},
		{"answers closes without a status", exam.Close, exam.NonStrict, true},
		{"sends two close frames", exam.Close, exam.Failed, true},
		{"goes on after a close", exam.Close, exam.Failed, false},
		{"forgets echoes at the close", exam.Close, exam.Failed, false},
		{"leaves TCP open", exam.Close, exam.Failed, true},
		{"resets TCP", exam.Close, exam.NonStrict, true},

		{"refuses above 1 MiB", exam.Limits, exam.Failed, false},
		{"flips a bit far behind", exam.Limits, exam.Failed, false},
		{"loses every 500th message", exam.Limits, exam.Failed, false},

		{"hashes the wrong key", exam.Handshake, exam.Failed, true},
		{"compares tokens exactly", exam.Handshake, exam.Failed, false},
		{"checks no request", exam.Handshake, exam.Failed, false},
		{"accepts every extension", exam.Handshake, exam.Failed, false},
		{"invents a subprotocol", exam.Handshake, exam.Failed, false},
		{"loses bytes behind the request", exam.Handshake, exam.Failed, false},

		{"takes unmasked frames", exam.Masking, exam.Failed, false},
		{"restarts the key with each read", exam.Masking, exam.Failed, false},
		{"masks its frames", exam.Masking, exam.Failed, true},
	}
	for _, tt := range tests {
		t.Run(tt.bug, func(t *testing.T) {
			t.Parallel()
			target := exam.Target{URL: serve(t, tt.bug)}
			ctx, enough := context.WithCancel(t.Context())
			defer enough()
			caught := ""
			o := exam.Options{
				Sections:   []string{tt.section},
				MaxMessage: 4 << 20,
				// A slow machine can only make these find more.
				Deadline: 2 * time.Second,
				Patience: 300 * time.Millisecond,
				Progress: func(r exam.Result) {
					if caught == "" && r.Verdict == tt.verdict {
						caught = r.String()
						enough()
					}
				},
			}
			if _, err := exam.Run(ctx, target, exam.Cases(o), o); err != nil {
				t.Fatal(err)
			}
			if caught == "" {
				t.Fatalf("no case of %s was %v", tt.section, tt.verdict)
			}
			t.Log(caught)
			if tt.total {
				return
			}
			// The bug shows where it is, and not because nothing works.
			o = exam.Options{Sections: []string{exam.Handshake}}
			report, err := exam.Run(t.Context(), target, exam.Cases(o)[:1], o)
			if err != nil {
				t.Fatal(err)
			}
			if !report.OK() {
				t.Errorf("an ordinary connection fails too:\n%v", report)
			}
		})
	}
}

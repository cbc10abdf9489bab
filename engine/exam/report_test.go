package exam

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestReportShowsWhatIsWrong(t *testing.T) {
	r := Report{Target: "ws://there/", Elapsed: 3 * time.Second, Unsat: 2, Results: []Result{
		{Case: Case{Section: Framing, Name: "a", Doc: "rule a"}, Verdict: OK, Elapsed: time.Millisecond},
		{Case: Case{Section: Framing, Name: "b", Doc: "rule b"}, Verdict: Failed,
			Err: fmt.Errorf("message 7: %w", failed("this", "that", []byte{0x81, 0x01, 'x'}))},
		{Case: Case{Section: Close, Name: "c", Doc: "rule c"}, Verdict: NonStrict, Err: nonStrict("these", "those", nil)},
		{Case: Case{Section: Close, Name: "d", Doc: "rule d"}, Verdict: Failed, Err: errors.New("no route")},
	}}
	got := r.String()
	for _, want := range []string{
		"  framing      2   1           0       1      1ms\n",
		"    close      2   0           1       1       0s\n",
		"      all      4   1           1       2      1ms\n",
		"FAILED     framing/b (0s)\n    rule: rule b\n    at:   message 7\n    want: this\n    got:  that\n    hex:  81 01 78\n",
		"NON-STRICT close/c (0s)\n    rule: rule c\n    want: these\n    got:  those\n",
		"FAILED     close/d (0s)\n    rule: rule d\n    got:  no route\n",
		"2 cases were not sat.\n",
		"ws://there/: 4 cases in 3s.\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the report lacks %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, "framing/a") {
		t.Errorf("the report names a case that is OK:\n%s", got)
	}
	if r.OK() {
		t.Error("the report is OK")
	}
}

func TestVerdicts(t *testing.T) {
	lax, bad := nonStrict("w", "g", nil), failed("w", "g", nil)
	for _, tt := range []struct {
		err  error
		want Verdict
	}{
		{nil, OK}, {lax, NonStrict}, {bad, Failed}, {errors.New("other"), Failed},
		{fmt.Errorf("in front: %w", lax), NonStrict}, {worse(lax, bad), Failed}, {worse(bad, lax), Failed},
		{worse(nil, lax), NonStrict}, {worse(nil, nil), OK},
	} {
		if got := verdictOf(tt.err); got != tt.want {
			t.Errorf("%v is %v, want %v", tt.err, got, tt.want)
		}
	}
}

package exam

import "testing"

// Test puts the exam to a server that the test has started, one subtest a
// section, and fails for every case that is not OK. It runs on the test's
// goroutine and returns when the exam is over.
func Test(t *testing.T, target Target, o Options) {
	t.Helper()
	for _, section := range SectionNames() {
		if !o.wants(section) {
			continue
		}
		t.Run(section, func(t *testing.T) {
			one := o
			one.Sections = []string{section}
			check(t, target, Cases(one), one)
		})
	}
}

// check is Test for the cases of one subtest.
func check(tb testing.TB, target Target, cases []Case, o Options) {
	tb.Helper()
	report, err := Run(tb.Context(), target, cases, o)
	if err != nil {
		tb.Fatal(err)
	}
	for _, res := range report.Bad() {
		tb.Errorf("%s", res)
	}
	if report.Unsat > 0 {
		tb.Errorf("%d cases were not sat before the test ended", report.Unsat)
	}
	ok, lax, bad := report.Tally("")
	tb.Logf("%d OK, %d non-strict, %d failed in %v", ok, lax, bad, report.Elapsed)
}

package cell

import (
	"slices"
	"strings"
	"testing"
)

func names(cells []Cell) string {
	var all []string
	for _, c := range cells {
		all = append(all, c.Name)
	}
	return strings.Join(all, " ")
}

func TestSelect(t *testing.T) {
	for patterns, want := range map[string]string{
		"storm":            "storm",
		"idle/18k,slow/*":  "slow/none slow/50 idle/18k", // the order is that of a run
		"fan/1?k/w8":       "fan/10k/w8 fan/18k/w8",
		"burst/*":          "burst/10 burst/100 burst/100/channels", // * takes a slash too
		"slow/50,slow/5?":  "slow/50",                               // once, though twice named
		"*/d16,echo/200/*": "echo/200/128b/d1 echo/200/128b/d16 echo/200/1k/d1 echo/200/1k/d16 echo/2000/128b/d16 echo/2000/1k/d16",
	} {
		got, err := Select(strings.Split(patterns, ","))
		if err != nil || names(got) != want {
			t.Errorf("%s: %q, want %q, %v", patterns, names(got), want, err)
		}
	}
	if got, err := Select(nil); err != nil || names(got) != names(All()) {
		t.Errorf("no pattern: %q, %v", names(got), err)
	}
	for _, bad := range []string{"", "nosuch", "fan", "f.*", "storm,"} {
		if got, err := Select(strings.Split(bad, ",")); err == nil {
			t.Errorf("%q: %q", bad, names(got))
		}
	}
}

func TestHeadline(t *testing.T) {
	head := Headline()
	if len(head) < 5 || len(head) > 10 {
		t.Errorf("the short run has %d cells", len(head))
	}
	for _, kind := range []Kind{Echo, Fan, Slow, Idle} {
		if !slices.ContainsFunc(head, func(c Cell) bool { return c.Kind == kind }) {
			t.Errorf("it has no %s", kind)
		}
	}
}

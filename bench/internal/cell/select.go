package cell

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Select returns the cells whose names match any of the patterns, in the order of All; no pattern selects all. In a pattern
// * stands for anything, a slash too, and ? for one character. A pattern that matches nothing is an error.
func Select(patterns []string) ([]Cell, error) {
	all := All()
	if len(patterns) == 0 {
		return all, nil
	}
	matched := make([]bool, len(all))
	for _, p := range patterns {
		form := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p))
		exp, err := regexp.Compile("^" + form + "$")
		if err != nil {
			return nil, fmt.Errorf("pattern %q: %w", p, err)
		}
		any := false
		for i, c := range all {
			if exp.MatchString(c.Name) {
				matched[i], any = true, true
			}
		}
		if !any {
			return nil, fmt.Errorf("no cell matches %q: bench run --list names them all", p)
		}
	}
	i := -1
	return slices.DeleteFunc(all, func(Cell) bool { i++; return !matched[i] }), nil
}

// Headline returns the cells of the short run.
func Headline() []Cell { return slices.DeleteFunc(All(), func(c Cell) bool { return !c.Headline }) }

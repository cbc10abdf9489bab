package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weir-ws/weir/bench/internal/result"
)

// answer says in words what the headline table and the targets show. Bare servers are references and no rivals.
func answer(s *result.Set) (sentences, lost, even []string) {
	if _, ok := s.Server(weir); !ok {
		if len(s.Scales)+len(s.Millions) > 0 {
			return []string{tally(judge(s))}, nil, nil
		}
		return nil, nil, nil
	}
	lines := linesOf(s)
	best, compares, parity := 0, 0, 0
	for _, v := range serversOf(s) {
		if v.Name == weir || reference(v) {
			continue
		}
		of := map[string][]string{}
		n := 0
		for _, l := range lines {
			if r, ok := l.ratios[v.Name]; ok {
				n++
				of[compared(r)] = append(of[compared(r)], fmt.Sprintf("%s (%s)", l.name(), times(r.Median)))
			}
		}
		if names := of[loses]; len(names) > 0 {
			lost = append(lost, fmt.Sprintf("to %s in %d of %d: %s", v.Name, len(names), n, strings.Join(names, "; ")))
		}
		if names := of[level]; len(names) > 0 {
			even = append(even, fmt.Sprintf("with %s in %d of %d: %s", v.Name, len(names), n, strings.Join(names, "; ")))
		}
	}
	for _, l := range lines {
		verdicts := verdictsOf(s, l)
		if len(verdicts) == 0 {
			continue
		}
		compares++
		switch {
		case slices.Contains(verdicts, loses):
		case slices.Contains(verdicts, level):
			parity++
		default:
			best++
		}
	}
	if compares > 0 {
		text := fmt.Sprintf("Weir is ahead of every rival in %d of %d comparisons", best, compares)
		if parity > 0 {
			text += fmt.Sprintf(", level with the best in %d", parity)
		}
		sentences = append(sentences, fmt.Sprintf("%s and behind at least one in %d.", text, compares-best-parity))
	} else {
		sentences = append(sentences, "No rival was measured in the same rounds as Weir: there are no ratios.")
	}
	return append(sentences, tally(judge(s))), lost, even
}

func verdictsOf(s *result.Set, l line) []string {
	var vs []string
	for _, v := range serversOf(s) {
		if r, ok := l.ratios[v.Name]; ok && !reference(v) {
			vs = append(vs, compared(r))
		}
	}
	return vs
}

func tally(os []Outcome) string {
	n := map[Verdict]int{}
	for _, o := range os {
		n[o.Verdict]++
	}
	text := fmt.Sprintf("Of %d targets %d are reached, %d not", len(os), n[Reached], n[NotReached])
	if n[Partly] > 0 {
		text += fmt.Sprintf(", %d are reached where they were measured, which is not everywhere", n[Partly])
	}
	if n[Unknown] > 0 {
		text += fmt.Sprintf(", %d could not be judged", n[Unknown])
	}
	return text + "."
}

package hub

import "sync"

// wanted is the patterns that members on one loop have. The loop writes; publishers read when a channel
// appears.
type wanted struct {
	mu     sync.RWMutex
	groups map[string]*patternGroup // by pattern; nil: none
}

// patternGroup is the members on one loop that have one pattern.
type patternGroup struct {
	lane    *lane
	pattern string
	members []*patternMember
}

// patternMember is one pattern of one member.
type patternMember struct {
	group  *patternGroup // nil: the member has left it
	place  int           // in group.members
	member Member
	PatternOptions
}

// add puts pm into the group of its pattern, which is new if nobody on the loop had it.
func (w *wanted) add(ln *lane, pattern string, pm *patternMember) {
	g := w.groups[pattern]
	if g == nil {
		g = &patternGroup{lane: ln, pattern: pattern}
		w.mu.Lock()
		if w.groups == nil {
			w.groups = make(map[string]*patternGroup)
		}
		w.groups[pattern] = g
		w.mu.Unlock()
	}
	ln.stats.patterns.Add(1)
	pm.group, pm.place = g, len(g.members)
	g.members = append(g.members, pm)
}

// remove takes pm out of its group.
func (w *wanted) remove(pm *patternMember) {
	g := pm.group
	g.lane.stats.patterns.Add(-1)
	last := len(g.members) - 1
	moved := g.members[last]
	g.members[pm.place], moved.place = moved, pm.place
	g.members[last] = nil
	g.members = g.members[:last]
	pm.group = nil
	if last == 0 {
		w.mu.Lock()
		delete(w.groups, g.pattern)
		if len(w.groups) == 0 {
			w.groups = nil // Go's maps never shrink
		}
		w.mu.Unlock()
		return
	}
	if c := cap(g.members); c >= 16 && last <= c/4 {
		g.members = append(make([]*patternMember, 0, c/2), g.members...)
	}
}

// match reports whether anybody on the loop has a pattern that stands for channel. Any goroutine may call it.
func (w *wanted) match(channel string) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for pattern := range w.groups {
		if Match(pattern, channel) {
			return true
		}
	}
	return false
}

// members returns who on the loop has a pattern that stands for channel, one with several of them several times.
func (w *wanted) members(channel string) (all []*patternMember) {
	for pattern, g := range w.groups {
		if Match(pattern, channel) {
			all = append(all, g.members...)
		}
	}
	return all
}

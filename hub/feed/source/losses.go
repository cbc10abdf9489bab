package source

// Losses remembers which channels have yet to be told that something is missing: a source that has lost messages of it knows not which
// marks the next one of each channel with Event.Gap. The zero value has lost nothing. It belongs to one goroutine.
type Losses struct {
	all  uint64            // how often everything may have been hit
	told map[string]uint64 // by channel: as of which of them
	some map[string]bool   // channels that were hit by themselves
}

// LoseAll says that messages of any channel may be missing, also of those that nothing has come of yet.
func (l *Losses) LoseAll() {
	l.all++
	clear(l.some) // they are told all the same
}

// Lose says that messages of one channel are missing.
func (l *Losses) Lose(channel string) {
	if l.some == nil {
		l.some = make(map[string]bool)
	}
	l.some[channel] = true
}

// Gap tells whether the next message of the channel has to be marked, and takes it that it is.
func (l *Losses) Gap(channel string) bool {
	gap := l.some[channel]
	if gap {
		delete(l.some, channel)
	}
	if l.all > 0 && l.told[channel] != l.all {
		if l.told == nil {
			l.told = make(map[string]uint64)
		}
		l.told[channel] = l.all
		gap = true
	}
	return gap
}

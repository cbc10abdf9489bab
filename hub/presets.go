package hub

import "time"

// The presets are options for the three kinds of channels that market data has. They are meant to be changed to taste.

// Trade is for events each of which counts: nothing is left out, a member that cannot keep up is closed, and one that was away for a
// while resumes.
func Trade() ChannelOptions {
	return ChannelOptions{
		Slow:    SlowLossless,
		History: History{Count: 4096, Bytes: 1 << 20, Age: 5 * time.Minute},
		Retain:  5 * time.Minute,
	}
}

// Ticker is for values of which only the latest counts: a newcomer gets the last one of each key, and a slow member the
// latest instead of all.
func Ticker() ChannelOptions {
	return ChannelOptions{
		Slow:     SlowConflate,
		History:  History{Count: 256, Bytes: 256 << 10, Age: time.Minute},
		Snapshot: SnapshotPerKey,
		Retain:   time.Hour,
	}
}

// Book is for differences that only make sense in full, on top of a state: a newcomer gets the state and all differences after
// it. fold makes the state; nil: publishers send snapshots.
func Book(fold func() Fold) ChannelOptions {
	return ChannelOptions{
		Slow:     SlowLossless,
		History:  History{Count: 2048, Bytes: 4 << 20, Age: 5 * time.Minute},
		Snapshot: SnapshotFold,
		Fold:     fold,
		Retain:   time.Hour,
	}
}

package hub

import "unsafe"

// Sizes that a million connections multiply.
const (
	MembershipsSize = unsafe.Sizeof(Memberships{})
	EntrySize       = unsafe.Sizeof(entry{})
	RosterSize      = unsafe.Sizeof(roster{})
	RoomSize        = unsafe.Sizeof(room{})
	ItemSize        = unsafe.Sizeof(item{})

	Invariants = invariants

	WakeEvery = wakeEvery
	MaxRun    = maxRun
	BlockLen  = blockLen
)

package hub

import "unsafe"

// Sizes that a million connections multiply.
const (
	MembershipsSize = unsafe.Sizeof(Memberships{})
	EntrySize       = unsafe.Sizeof(entry{})
	RosterSize      = unsafe.Sizeof(roster{})
	RoomSize        = unsafe.Sizeof(room{})
	ItemSize        = unsafe.Sizeof(item{})

	WakeEvery = wakeEvery
	MaxRun    = maxRun
	BlockLen  = blockLen
)

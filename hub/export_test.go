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

// Beats counts the channels that Heartbeat looks at.
func (h *Hub) Beats() (n int) {
	for i := range h.shards {
		n += len(h.shards[i].beats)
	}
	return n
}

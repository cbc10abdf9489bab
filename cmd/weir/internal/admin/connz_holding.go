package admin

import (
	"time"

	"github.com/weir-ws/weir/hub/feed"
)

// connzHolding says how far a connection is behind, and what was done about it.
type connzHolding struct {
	Channels  int         `json:"channels"`
	Keys      int         `json:"keys"`
	Behind    uint64      `json:"behind"`    // sequence numbers that are not accounted for
	Oldest    float64     `json:"oldest_ms"` // the oldest of them came no longer ago
	Conflated uint64      `json:"conflated"`
	Dropped   uint64      `json:"dropped"`
	List      []connzHeld `json:"list"` // furthest behind first
}

type connzHeld struct {
	Channel   string  `json:"channel"`
	MaxHz     float64 `json:"max_hz,omitempty"`
	Keys      int     `json:"keys"`
	Behind    uint64  `json:"behind"`
	Oldest    float64 `json:"oldest_ms"`
	Conflated uint64  `json:"conflated"`
	Dropped   uint64  `json:"dropped"`
}

func holding(h *feed.Holding) *connzHolding {
	if h == nil {
		return nil
	}
	z := &connzHolding{
		Channels: h.Channels, Keys: h.Keys, Behind: h.Behind, Oldest: ms(h.Oldest), Conflated: h.Conflated, Dropped: h.Dropped,
	}
	for i := range h.List {
		c := &h.List[i]
		z.List = append(z.List, connzHeld{
			Channel: c.Channel, MaxHz: c.MaxHz, Keys: c.Keys, Behind: c.Behind, Oldest: ms(time.Duration(c.Oldest)),
			Conflated: c.Conflated, Dropped: c.Dropped,
		})
	}
	return z
}

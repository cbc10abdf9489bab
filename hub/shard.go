package hub

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
)

// shard is one part of the table of channels. Locks are taken shard first, then room.
type shard struct {
	mu    sync.Mutex
	rooms map[string]*room
	// making are the channels that are not in rooms yet because somebody is asking Config.Options about them; closed when that is over.
	making map[string]chan struct{}

	peak  int             // the most rooms since the map was made: Go's maps never shrink
	aging int             // rooms whose history ages
	beats map[*room]*beat // of the rooms with ChannelOptions.Heartbeat; nil: none

	occupied  atomic.Int64 // rooms with members
	receivers fanOuts      // of the messages published
	_         [64]byte     // the next shard's lock is in another cache line
}

func (h *Hub) shard(channel string) *shard {
	return &h.shards[maphash.String(h.seed, channel)&uint64(len(h.shards)-1)]
}

// lookup returns the channel's room, or nil.
func (s *shard) lookup(channel string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[channel]
}

// get returns the channel's room, new if there was none. A name that is in the table was
// validated when it came in, so only a new one is looked at.
func (s *shard) get(h *Hub, channel string) (*room, error) {
	if r := s.lookup(channel); r != nil {
		return r, nil
	}
	if err := validateChannel(channel, h.cfg.MaxChannelLen); err != nil {
		return nil, err
	}
	// The name may be a piece of a large request, which the room must not keep in memory.
	name := strings.Clone(channel)
	for {
		r, others := s.begin(name)
		switch {
		case r != nil:
			return r, nil
		case others == nil:
			return s.make(h, name), nil
		}
		<-others
	}
}

// forget takes a room that is gone out of the table. Whoever meets such a room may do it,
// so that nobody has to wait for the one who emptied it.
func (s *shard) forget(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.delete(r)
}

func (s *shard) delete(r *room) {
	if s.rooms[r.name] != r {
		return
	}
	delete(s.rooms, r.name)
	s.unwatch(r)
	if r.past.ages() {
		s.aging--
	}
	if len(s.rooms) == 0 {
		s.rooms, s.peak = nil, 0
	}
}

// shrink makes the map anew when most of what it once held is gone.
func (s *shard) shrink() {
	if s.peak < 256 || len(s.rooms) > s.peak/4 {
		return
	}
	rooms := make(map[string]*room, len(s.rooms))
	for name, r := range s.rooms {
		rooms[name] = r
	}
	s.rooms, s.peak = rooms, len(rooms)
}

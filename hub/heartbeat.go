package hub

import "time"

// beat is what is known of a channel with ChannelOptions.Heartbeat. The clock is not asked when a message is published: whether there was
// one since the last look shows in the position.
type beat struct {
	seen Position
	told int64 // when seen was first seen, or last told; ns since 1970
}

// lookSlack is what a look may be early. Timers tick a little before and after their time, and with a Heartbeat of a second one that is a
// microsecond early would make the silence two seconds. It is half of the second that lies between two looks.
const lookSlack = 500 * time.Millisecond

// watch is called when a room is made, under s.mu.
func (s *shard) watch(r *room) {
	if r.opts.Heartbeat <= 0 {
		return
	}
	if s.beats == nil {
		s.beats = make(map[*room]*beat)
	}
	s.beats[r] = new(beat)
}

func (s *shard) unwatch(r *room) {
	if s.beats == nil {
		return
	}
	delete(s.beats, r)
	if len(s.beats) == 0 {
		s.beats = nil // Go's maps never shrink
	}
}

// Heartbeat tells the members of channels that have been silent for ChannelOptions.Heartbeat their position, again and again
// while the silence lasts: those that are a [HeartbeatMember]. A clock that is set back makes one early, and then they go on. It comes
// through the queues of the loops, so a member that has got less than that has lost something. Call it about once a second, with the same
// clock as Config.Now: silence is measured, to half a second, from the call that first sees a message. Its cost is that of looking at the
// channels with the option. A loop that is at Config.MaxBacklog gets none. Any goroutine may call it.
func (h *Hub) Heartbeat(now time.Time) {
	ns := now.UnixNano()
	for i := range h.shards {
		for _, ln := range h.shards[i].heartbeat(h, ns) {
			h.wake(ln)
		}
	}
}

func (s *shard) heartbeat(h *Hub, now int64) (wake []*lane) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for r, b := range s.beats {
		r.mu.Lock()
		at := r.position()
		switch {
		case at != b.seen || b.told == 0:
			*b = beat{seen: at, told: now}
		case now-b.told >= int64(r.opts.Heartbeat-lookSlack), now < b.told:
			b.told = now
			wake = h.beat(r, now, wake)
		}
		r.mu.Unlock()
	}
	return wake
}

// beat puts one heartbeat into the queues, under r.mu.
func (h *Hub) beat(r *room, now int64, wake []*lane) []*lane {
	if len(r.rosters) == 0 {
		return wake
	}
	msg := &Message{Channel: r.name, Position: r.position(), Time: now, Options: r.opts, Heartbeat: true}
	for _, ro := range r.rosters {
		if ro.lane.backlog.Load() >= int64(h.cfg.MaxBacklog) {
			continue
		}
		if idle, _ := ro.lane.push(item{roster: ro, msg: msg}); idle {
			wake = append(wake, ro.lane)
		}
	}
	return wake
}

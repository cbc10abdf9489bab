package hub

// A channel is made by one goroutine, which asks the application what the channel is for, under no lock. Others that want the same channel
// wait for it, so Config.Options and ChannelOptions.Fold are called once for each channel. That is a moment, and only before the
// channel's first message or member.

// begin returns the room if it is there by now, or what is closed when another goroutine is done with making it. If it returns neither, it is up
// to the caller to call make.
func (s *shard) begin(name string) (r *room, others <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r = s.rooms[name]; r != nil {
		return r, nil
	}
	if done := s.making[name]; done != nil {
		return nil, done
	}
	if s.making == nil {
		s.making = make(map[string]chan struct{}, 1)
	}
	s.making[name] = make(chan struct{})
	return nil, nil
}

// make puts a new room into the table. If the application's code panics there is none, and whoever has waited for it tries itself.
func (s *shard) make(h *Hub, name string) *room {
	defer s.made(name)
	opts, past := h.optionsOf(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms == nil {
		s.rooms = make(map[string]*room)
	}
	r := &room{name: name, epoch: h.epochs.next(), opts: opts, past: past}
	if past.ages() {
		s.aging++
	}
	s.watch(r)
	s.rooms[name] = r
	s.peak = max(s.peak, len(s.rooms))
	return r
}

func (s *shard) made(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.making[name])
	if delete(s.making, name); len(s.making) == 0 {
		s.making = nil // Go's maps never shrink
	}
}

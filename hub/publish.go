package hub

import (
	"context"
)

// Publish sends p to the members of channel and returns its position. It never waits for a
// loop. Messages of one channel reach every member in the order of their positions; two
// publishes that do not overlap in time have positions in that order. With the in-process
// broker, what one goroutine publishes to several channels reaches a member of them in that
// order too. A channel without members is published to all the same: its sequence goes on.
//
// The error is a [*ChannelError] with [ErrChannelName], [ErrOp], [ErrBacklog], [ErrClosed], a
// context's error or what the broker had to say; then nothing was published. Any goroutine may call
// it. ctx is for brokers that are a network; one that is done publishes nothing.
func (h *Hub) Publish(ctx context.Context, channel string, p Payload) (Position, error) {
	if p.Op != 0 && !p.Op.IsData() {
		return Position{}, channelError(channel, ErrOp)
	}
	if err := ctx.Err(); err != nil {
		return Position{}, channelError(channel, err)
	}
	pos, err := h.broker.Publish(ctx, channel, p)
	if err != nil {
		if _, ok := err.(*ChannelError); !ok {
			err = channelError(channel, err)
		}
		return Position{}, err
	}
	return pos, nil
}

// sink is the hub as its broker sees it.
type sink struct{ h *Hub }

// Receive implements [Sink].
func (k sink) Receive(channel string, at Position, p Payload) (Position, error) {
	h, s := k.h, k.h.shard(channel)
	for {
		r, err := s.get(h, channel)
		if err != nil {
			return Position{}, err
		}
		if p.Op == 0 {
			p.Op = r.opts.op()
		}
		if p.Key == "" && r.opts.Key != nil {
			p.Key = r.opts.Key(p.Data)
		}
		var now int64
		if h.cfg.Stamp || r.opts.History.Age > 0 {
			now = h.cfg.Now().UnixNano()
		}
		r.mu.Lock()
		if r.gone {
			r.mu.Unlock()
			s.forget(r)
			continue
		}
		// The loops to wake are called when the lock is released; more than eight that were
		// all idle cost an allocation.
		var room [8]*lane
		wake, err := h.accept(r, &at, p, now, room[:0])
		receivers := r.members
		r.mu.Unlock()
		if err != nil {
			return Position{}, err
		}
		s.receivers.note(receivers)
		for _, ln := range wake {
			h.wake(ln)
		}
		if r.past != nil && r.past.folded != nil && r.past.folded.fold != nil {
			r.catchUp()
		}
		return at, nil
	}
}

// accept gives the message its place and puts it into the queues, under r.mu. All queues or
// none: a loop at its limit is found before the first push.
func (h *Hub) accept(r *room, at *Position, p Payload, now int64, wake []*lane) ([]*lane, error) {
	for _, ro := range r.rosters {
		if ro.lane.backlog.Load() >= int64(h.cfg.MaxBacklog) {
			return nil, channelError(r.name, ErrBacklog)
		}
	}
	if *at == (Position{}) {
		*at = Position{Epoch: r.epoch, Seq: r.seq + 1}
	} // otherwise the broker numbers
	if r.seq == 0 {
		var err error
		if wake, err = h.appear(r, *at, wake); err != nil {
			return nil, err
		}
	}
	before := r.position()
	r.epoch, r.seq = at.Epoch, at.Seq
	if len(r.rosters) == 0 {
		r.idle = h.cfg.Now().UnixNano()
		if r.past == nil {
			return nil, nil
		}
	}
	msg := &Message{
		Channel: r.name, Position: *at, Op: p.Op, Data: p.Data, Time: p.Time, Key: p.Key,
		Options: r.opts, Recv: now, Snapshot: p.Snapshot, Gap: p.Gap,
	}
	if before.Seq != at.Seq-1 || before.Epoch != at.Epoch {
		msg.follow(before)
	}
	if r.past != nil {
		r.past.add(msg)
	}
	for _, ro := range r.rosters {
		if first, _ := ro.lane.push(item{roster: ro, msg: msg}); first {
			wake = append(wake, ro.lane)
		}
	}
	return wake, nil
}

// follow notes what is missing between a message that a broker numbered and the one before it.
func (m *Message) follow(before Position) {
	switch {
	case before.Epoch != m.Epoch:
		m.Renewed = before.Seq > 0 // a channel without messages has no count that somebody may know
	case m.Seq > before.Seq:
		m.Lost = m.Seq - before.Seq - 1
	}
}

// Sync returns once everything published before the call was handed to the members, on
// every loop: a publisher that calls it now and then goes at the pace of the loops. It must
// not be called on a loop, which would wait for itself. The error is ctx's.
func (h *Hub) Sync(ctx context.Context) error {
	type wait struct {
		fence chan struct{}
		gone  <-chan struct{}
	}
	var waits []wait
	for _, ln := range *h.lanes.Load() {
		if ln == nil || ln.backlog.Load() == 0 {
			continue
		}
		fence := make(chan struct{})
		if _, ok := ln.push(item{mark: &mark{fence: fence}}); !ok || !h.wake(ln) {
			continue
		}
		waits = append(waits, wait{fence, ln.gone})
	}
	for _, w := range waits {
		select {
		case <-w.fence:
		case <-w.gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

package hub

import "context"

// Awaited returns how many members each of channels has, or will have with its first message if nobody comes or goes: [Hub.Members],
// and those who have no more than a pattern that stands for it, which makes them members of a channel that has appeared only. It is for a
// publisher that waits for somebody to listen. Every loop that has members with patterns is asked; so it must not be called on a loop, and it costs
// those loops a look at each of these members for each of the channels. The error is ctx's.
func (h *Hub) Awaited(ctx context.Context, channels []string) ([]int, error) {
	counts := make([]int, len(channels))
	var unseen []int // of channels: those without a message
	for i, name := range channels {
		appeared := false
		if r := h.shard(name).lookup(name); r != nil {
			r.mu.Lock()
			counts[i], appeared = int(r.members), r.seq > 0
			r.mu.Unlock()
		}
		if !appeared {
			unseen = append(unseen, i)
		}
	}
	for _, ln := range *h.lanes.Load() {
		if ln == nil || len(unseen) == 0 || ln.stats.patterns.Load() == 0 {
			continue
		}
		told := make(chan []int, 1)
		if !ln.loop.Post(func() {
			defer close(told) // a Filter may panic: then nobody is counted here
			told <- ln.awaited(channels, unseen)
		}) {
			continue
		}
		select {
		case more := <-told:
			for k, n := range more {
				counts[unseen[k]] += n
			}
		case <-ln.gone:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return counts, nil
}

// awaited counts, for each of some channels, who on the loop will be a member because of a pattern alone.
func (ln *lane) awaited(channels []string, some []int) []int {
	counts := make([]int, len(some))
	for k, i := range some {
		name := channels[i]
		for _, pm := range ln.wanted.members(name) {
			ms := pm.member.Memberships()
			if ms.holder(name) == pm && !ms.named(name) {
				counts[k]++
			}
		}
	}
	return counts
}

package hub

// KeepRun is Take for the messages of r, if all of them are to be kept; false: offer them one by one. It is the way of a burst to many
// members that hold the channel: the first of them pays for each message, the others for the run.
func (h *Hold) KeepRun(r *Run) bool {
	first, last := r.items[0].msg, r.items[len(r.items)-1].msg
	if h.drop || h.log == nil || !h.closed && h.last == h.seen || first.Seq <= h.last || first.Epoch != h.epoch || last.Epoch != h.epoch {
		return false
	}
	if h.log.last < last.Seq {
		for i := range r.items {
			h.log.add(r.items[i].msg)
		}
	}
	if h.last == h.seen && len(h.round) == 0 {
		h.after = h.in.now()
	}
	h.given = last.Seq
	h.seen = max(h.seen, last.Seq)
	h.enter()
	r.outcome = Queued
	return true
}

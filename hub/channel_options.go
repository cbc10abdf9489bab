package hub

// OptionsOf returns what channel is for: what Config.Options said when it was made, or would say now. It is never nil. Any goroutine may
// call it, under no lock.
func (h *Hub) OptionsOf(channel string) *ChannelOptions {
	if r := h.shard(channel).lookup(channel); r != nil {
		return r.opts
	}
	if h.cfg.Options != nil {
		if o := h.cfg.Options(channel); o != nil {
			return o
		}
	}
	return noOptions
}

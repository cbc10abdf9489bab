package tail

// tracker follows the positions of channels and finds what is missing.
type tracker struct {
	at map[string]position

	gaps     uint64 // places where something is missing
	missed   uint64 // messages that are
	repeated uint64 // messages at a place where another was before

	conflated uint64 // messages that a later one stood for
	restarts  uint64 // changes of a channel's epoch: how many are missing there nobody can know
}

type position struct {
	epoch string
	seq   uint64
}

// gap is a place where messages first to last are missing; none if last < first.
type gap struct{ first, last uint64 }

func (g gap) count() uint64 {
	if g.last < g.first {
		return 0
	}
	return g.last - g.first + 1
}

var noGap = gap{first: 1}

// subscribed takes the answer to a subscribe: the next message is seq+1. After a reconnect it tells what passed
// meanwhile.
func (t *tracker) subscribed(channel, epoch string, seq uint64) gap {
	if t.at == nil {
		t.at = make(map[string]position)
	}
	old, known := t.at[channel]
	t.at[channel] = position{epoch, seq}
	switch {
	case !known:
	case old.epoch != epoch:
		t.restarts++
	case seq > old.seq:
		return t.lost(old.seq+1, seq)
	}
	return noGap
}

// restarted tells whether the answer to a subscribe shows another epoch than the last: numbers before and after it
// cannot be compared.
func (t *tracker) restarted(channel, epoch string) bool {
	old, known := t.at[channel]
	return known && old.epoch != epoch
}

// message takes a message's number. It stands for those from first on; of these, dropped before its own were left out.
func (t *tracker) message(channel string, first, seq, dropped uint64) gap {
	p, known := t.at[channel]
	if !known { // not subscribed, yet sent: begin here
		t.subscribed(channel, "", seq)
		return noGap
	}
	if seq <= p.seq {
		t.repeated++
		return noGap
	}
	begin := p.seq + 1
	p.seq = seq
	t.at[channel] = p
	switch {
	case dropped > 0:
		return t.lost(min(begin, first), seq-1)
	case first > begin:
		return t.lost(begin, first-1)
	}
	t.conflated += seq - first
	return noGap
}

// dropped takes the account of messages that were left out.
func (t *tracker) dropped(channel string, first, last uint64) gap {
	p, known := t.at[channel]
	if !known || last <= p.seq || last < first {
		return noGap
	}
	p.seq = last
	t.at[channel] = p
	return t.lost(first, last)
}

func (t *tracker) lost(first, last uint64) gap {
	t.gaps++
	t.missed += last - first + 1
	return gap{first, last}
}

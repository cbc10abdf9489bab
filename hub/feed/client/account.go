package client

// Account is what has become of the numbers of a subscription. Messages + Superseded + Dropped + Missing is how many there were.
type Account struct {
	Messages   uint64 // delivered
	Superseded uint64 // covered by the range of a message
	Dropped    uint64 // declared by the server
	Missing    uint64 // neither delivered nor covered nor declared dropped: the sum of *Gap events with numbers
	Unknown    uint64 // *Gap events without numbers
	Repeated   uint64 // messages whose numbers were accounted for before, which were not passed on
	Faults     uint64 // messages that break the rule of accounting: gaps that were not declared, overlaps and ranges that cannot be
}

func (a *Account) add(b Account) {
	a.Messages += b.Messages
	a.Superseded += b.Superseded
	a.Dropped += b.Dropped
	a.Missing += b.Missing
	a.Unknown += b.Unknown
	a.Repeated += b.Repeated
	a.Faults += b.Faults
}

// ledger is one channel's account. The rule: what a message accounts for begins right behind what was accounted for before.
type ledger struct {
	at    Position
	known bool // there is a position
	Account
}

// restart takes the first message of a new count, which begins with first.
func (l *ledger) restart(epoch string, first uint64) {
	l.at = Position{epoch, first - 1}
	l.Unknown++
}

// span is a range of numbers; empty if last < first.
type span struct{ first, last uint64 }

func (s span) empty() bool { return s.last < s.first }

func (s span) count() uint64 {
	if s.empty() {
		return 0
	}
	return s.last - s.first + 1
}

var nothing = span{1, 0}

// open takes the position of a subscription, and says what is missing before it: some messages, or with a cause and none of them as many as nobody
// can know. recovered: the server says that it goes on right behind the position it was given. state: snapshots follow.
func (l *ledger) open(at Position, recovered, state bool) (missing span, cause Cause) {
	old, known := l.at, l.known
	l.at, l.known = at, true
	switch {
	case !known || at == old:
		return nothing, 0
	case recovered: // and yet at another place
		l.Faults++
		cause = Undeclared
	case at.Epoch != old.Epoch:
		cause = Restarted
	case at.Seq < old.Seq && state: // it is sent again from there on, and nothing is missing
		return nothing, 0
	default:
		cause = Away
	}
	if at.Epoch == old.Epoch && at.Seq > old.Seq {
		missing = span{old.Seq + 1, at.Seq}
		l.Missing += missing.count()
		return missing, cause
	}
	l.Unknown++
	return nothing, cause
}

// entry is what one message of the server accounts for.
type entry struct {
	missing  span // not declared
	dropped  span
	covers   span // itself, and what it stands for
	repeated bool // nothing new
}

// message takes a message with its number, and "from" or "dropped" if it has one.
func (l *ledger) message(seq, from, dropped uint64) entry {
	first := seq
	switch {
	case from > seq || dropped >= max(seq, 1) || from > 0 && dropped > 0:
		l.Faults++ // no such range can be; the message itself may be good
	case from > 0:
		first = from
	default:
		first = seq - dropped
	}
	e := l.advance(first, seq)
	if e.repeated {
		l.Repeated++
		return e
	}
	if dropped > 0 && first < seq {
		e.dropped, e.covers.first = span{e.covers.first, seq - 1}, seq
		l.Dropped += e.dropped.count()
	}
	l.Messages++
	l.Superseded += e.covers.count() - 1
	return e
}

// drop takes a "dropped" of the numbers from to seq.
func (l *ledger) drop(from, seq uint64) entry {
	if from == 0 || from > seq {
		l.Faults++
		from = seq
	}
	e := l.advance(from, seq)
	if e.repeated {
		return e
	}
	e.dropped, e.covers = e.covers, nothing
	l.Dropped += e.dropped.count()
	return e
}

// beat takes the channel's position from a heartbeat.
func (l *ledger) beat(seq uint64) entry {
	if seq <= l.at.Seq {
		return entry{missing: nothing, dropped: nothing, covers: nothing, repeated: true}
	}
	e := l.advance(seq+1, seq)
	e.covers = nothing
	return e
}

// advance accounts for first to last, and moves the position there.
func (l *ledger) advance(first, last uint64) entry {
	e := entry{missing: nothing, dropped: nothing, covers: span{first, last}}
	next := l.at.Seq + 1
	switch {
	case last < next:
		l.Faults++
		e.repeated = true
		return e
	case first < next:
		l.Faults++
		e.covers.first = next
	case first > next:
		l.Faults++
		e.missing = span{next, first - 1}
		l.Missing += e.missing.count()
	}
	l.at.Seq = last
	return e
}

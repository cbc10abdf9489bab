package client

// open takes the answer to a subscribe, under Client.mu.
func (ch *channel) open(in *inbound, events []Event) []Event {
	at := Position{in.Epoch, in.Seq}
	resumed := ch.known && in.Pattern == "" && ch.since
	was, had := ch.at, ch.known
	missing, cause := ch.ledger.open(at, resumed && in.Recovered, in.snapshots() > 0)
	if cause != 0 {
		events = append(events, ch.gap(cause, missing))
	}
	ch.live, ch.ever, ch.conflates = true, true, in.Policy == conflate || in.MaxHz > 0
	ch.snapshots, ch.shown = in.snapshots(), 0
	ch.retry = ch.retry.Anew()
	return append(events, &Subscribed{
		Channel: ch.name, Pattern: in.Pattern, Position: at, Resumed: resumed, Recovered: had && was == at,
		Snapshots: ch.snapshots, MaxHz: in.MaxHz, Policy: in.Policy,
	})
}

// conflate is the policy of channels that can have a rate.
const conflate = "conflate"

func (ch *channel) gap(cause Cause, missing span) *Gap {
	if missing.empty() {
		return &Gap{Channel: ch.name, Cause: cause}
	}
	return &Gap{Channel: ch.name, Cause: cause, From: missing.first, Seq: missing.last}
}

// receive takes what belongs to the account or the state, under Client.mu.
func (ch *channel) receive(in *inbound, events []Event) []Event {
	switch in.Type {
	case "snapshot":
		e := &Snapshot{Channel: ch.name, Seq: in.Seq, TS: in.TS, Key: in.Key, Data: in.Data, Index: ch.shown, Of: ch.snapshots}
		ch.shown++
		return append(events, e)
	case "heartbeat":
		events = ch.declare(ch.beat(in.Seq), events)
		return append(events, &Heartbeat{Channel: ch.name, Seq: in.Seq, TS: in.TS})
	case "dropped":
		return ch.declare(ch.drop(in.From, in.Seq), events)
	}
	if in.Epoch != "" && in.Epoch != ch.at.Epoch {
		first := in.Seq - min(in.Seq-min(in.Seq, 1), in.Dropped)
		if in.From > 0 && in.From <= in.Seq {
			first = in.From
		}
		ch.restart(in.Epoch, first)
		events = append(events, ch.gap(Restarted, nothing))
	}
	entry := ch.message(in.Seq, in.From, in.Dropped)
	if entry.repeated {
		return events
	}
	events = ch.declare(entry, events)
	if in.Gap {
		ch.Unknown++
		events = append(events, ch.gap(Source, nothing))
	}
	return append(events, &Message{
		Channel: ch.name, From: entry.covers.first, Seq: in.Seq, TS: in.TS, Recv: in.Recv, Sent: in.Sent, Key: in.Key,
		Gap: in.Gap, Snapshot: string(in.Snapshot) == "true", Data: in.Data,
	})
}

// declare tells of what an entry says is missing or was dropped.
func (ch *channel) declare(e entry, events []Event) []Event {
	if !e.missing.empty() {
		events = append(events, ch.gap(Undeclared, e.missing))
	}
	if !e.dropped.empty() {
		events = append(events, &Dropped{Channel: ch.name, From: e.dropped.first, Seq: e.dropped.last})
	}
	return events
}

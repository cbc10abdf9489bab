package tail

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub/feed/client"
)

// take handles one thing that the client has told.
func (t *tail) take(h *heard) error {
	switch {
	case h.status != nil:
		return t.status(h.status)
	case h.raw != nil:
		t.out.Write(h.raw) // errors stay in the writer and come out at Flush
		t.out.WriteByte('\n')
		return nil
	}
	switch e := h.event.(type) {
	case *client.Message:
		return t.message(e, h)
	case *client.Dropped:
		t.missed(e.Channel, e.From, e.Seq, "")
	case *client.Gap:
		t.gap(e)
	case *client.Ended:
		return t.fault(e)
	}
	return nil
}

func (t *tail) message(m *client.Message, h *heard) error {
	t.got++
	switch {
	case t.Stats:
		t.now.add(h.at, m, h.size)
	case !t.JSON:
		b := t.out.AvailableBuffer()
		b = append(append(b, m.Channel...), ' ')
		b = append(strconv.AppendUint(b, m.Seq, 10), ' ')
		b = append(strconv.AppendInt(b, m.TS, 10), ' ')
		t.out.Write(append(append(b, m.Data...), '\n'))
	}
	if t.Count > 0 && t.got >= t.Count {
		return errDone
	}
	return nil
}

// gap tells why messages are missing.
func (t *tail) gap(g *client.Gap) {
	switch {
	case g.Cause == client.Restarted:
		t.restarts++
		t.tell(g.Channel + ": the server has begun to count anew; what was missed is not known")
	case g.Cause == client.Source:
		t.gaps++
		t.tell("gap: " + g.Channel + ": the publisher has lost messages, it is not known how many")
	case g.Seq == 0:
		t.gaps++
		t.tell("gap: " + g.Channel + ": messages were missed, it is not known how many")
	case g.Cause == client.Away:
		t.missed(g.Channel, g.From, g.Seq, " while away")
	default:
		t.missed(g.Channel, g.From, g.Seq, "")
	}
}

// missed tells of messages that are missing.
func (t *tail) missed(channel string, from, to uint64, when string) {
	t.gaps++
	t.tell(fmt.Sprintf("gap: %s: %s missed%s (%d to %d)", channel, terminal.Plural(to-from+1, "message"), when, from, to))
}

// tell reports something to who watches the messages; in figures it is counted.
func (t *tail) tell(text string) {
	if !t.Stats {
		t.note(text)
	}
}

// fault handles a channel that we do not get. We live with that as long as another is left, or a pattern.
func (t *tail) fault(e *client.Ended) error {
	text := fmt.Sprintf("%s: %s (%s)", e.Code, e.Message, e.Channel)
	if t.refused == nil {
		t.refused = make(map[string]bool)
	}
	for _, s := range t.subs {
		if s.Name() == e.Channel {
			t.refused[e.Channel] = true
		}
	}
	if len(t.refused) == len(t.Channels) {
		return &ChannelsError{Last: text}
	}
	t.note(text)
	return nil
}

// note says something about the connection, beside the messages.
func (t *tail) note(text string) {
	_ = t.out.Flush() // first what came first; its error stays
	if t.live {
		t.line.Clear()
	}
	fmt.Fprintln(t.Err, text)
}

// figures shows the last second's.
func (t *tail) figures() {
	now := time.Now()
	text := t.now.rates(now.Sub(t.lastFigures)) + "  " + t.now.latencies() + "  " + t.missing()
	t.lastFigures = now
	t.all.merge(t.now)
	if t.live {
		t.line.Set(text)
		return
	}
	fmt.Fprintln(t.out, text)
}

// summary shows those of the whole Run.
func (t *tail) summary() {
	t.all.merge(t.now)
	if t.live {
		t.line.Clear()
	}
	took := time.Since(t.began)
	fmt.Fprintf(t.out, "total: %s, %.2f MB in %s  %s  %s  %s\n", terminal.Plural(t.all.messages, "message"),
		float64(t.all.bytes)/1e6, terminal.Duration(took), t.all.rates(took), t.all.latencies(), t.missing())
	for _, line := range t.all.staleness() {
		fmt.Fprintf(t.out, "       %s\n", line)
	}
	if t.connects > 1 {
		fmt.Fprintf(t.out, "       %s\n", terminal.Plural(t.connects-1, "reconnect"))
	}
	if r := t.all.remarks(); r != "" {
		fmt.Fprintf(t.out, "       %s\n", r)
	}
}

// missing is "gaps 2 (17 messages)", and what else the accounts say.
func (t *tail) missing() string {
	var a client.Account
	for _, s := range t.subs {
		b := s.Account()
		a.Missing += b.Missing + b.Dropped
		a.Superseded += b.Superseded
		a.Repeated += b.Repeated
	}
	var b strings.Builder
	b.WriteString("gaps " + terminal.Count(t.gaps))
	if a.Missing > 0 {
		b.WriteString(" (" + terminal.Plural(a.Missing, "message") + ")")
	}
	if a.Superseded > 0 {
		b.WriteString(", " + terminal.Count(a.Superseded) + " conflated")
	}
	if a.Repeated > 0 {
		b.WriteString(", " + terminal.Count(a.Repeated) + " repeated")
	}
	if t.restarts > 0 {
		b.WriteString(", " + terminal.Plural(t.restarts, "restart"))
	}
	return b.String()
}

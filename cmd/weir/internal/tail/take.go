package tail

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub/feed/redial"
)

// take handles one message of the server.
func (t *tail) take(p []byte) error {
	var m message
	if err := json.Unmarshal(p, &m); err != nil {
		return fmt.Errorf("%s does not speak the feed protocol: %.80q", redial.Shown(t.URL), p)
	}
	if t.JSON && !t.Stats {
		t.out.Write(p) // errors stay in the writer and come out at Flush
		t.out.WriteByte('\n')
	}
	switch m.Type {
	case "message":
		return t.message(&m, len(p))
	case "dropped":
		t.tell(m.Channel, t.tracker.dropped(m.Channel, m.From, m.Seq), "")
	case "subscribed":
		if t.tracker.restarted(m.Channel, m.Epoch) && !t.Stats {
			t.note(m.Channel + ": the server has begun to count anew; what was missed is not known")
		}
		t.tell(m.Channel, t.tracker.subscribed(m.Channel, m.Epoch, m.Seq), "while away")
	case "error":
		return t.fault(&m)
	}
	return nil
}

func (t *tail) message(m *message, size int) error {
	first := m.Seq - m.Dropped
	if m.From > 0 {
		first = m.From
	}
	t.tell(m.Channel, t.tracker.message(m.Channel, first, m.Seq, m.Dropped), "")
	t.got++
	switch {
	case t.Stats:
		t.now.add(time.Now(), m.TS, size)
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

// fault handles an error answer. Those of a channel are ours to live with as long as another channel is left.
func (t *tail) fault(m *message) error {
	text := m.Code + ": " + m.Message
	if m.Channel != "" {
		text += " (" + m.Channel + ")"
		t.refused++
	}
	if t.refused >= len(t.Channels) {
		return &ChannelsError{Last: text}
	}
	t.note(text)
	return nil
}

// tell reports a gap to who watches the messages; in figures it is counted.
func (t *tail) tell(channel string, g gap, when string) {
	n := g.count()
	if n == 0 || t.Stats {
		return
	}
	text := fmt.Sprintf("gap: %s: %s missed", channel, terminal.Plural(n, "message"))
	if when != "" {
		text += " " + when
	}
	t.note(fmt.Sprintf("%s (%d to %d)", text, g.first, g.last))
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
	text := t.now.rates(now.Sub(t.lastFigures)) + "  " + t.now.latencies() + "  " + t.tracker.missing()
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
		float64(t.all.bytes)/1e6, terminal.Duration(took), t.all.rates(took), t.all.latencies(), t.tracker.missing())
	if t.connects > 1 {
		fmt.Fprintf(t.out, "       %s\n", terminal.Plural(t.connects-1, "reconnect"))
	}
	if r := t.all.remarks(); r != "" {
		fmt.Fprintf(t.out, "       %s\n", r)
	}
}

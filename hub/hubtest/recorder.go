package hubtest

import "github.com/weir-ws/weir/hub"

// Recorder is a hub.Member that keeps what it gets. Everything here belongs to its loop.
type Recorder struct {
	Messages []*hub.Message
	// Answer decides the outcome, after the message was kept. nil: hub.Sent.
	Answer func(*hub.Message) hub.Outcome

	rooms hub.Memberships
}

// Deliver implements hub.Member.
func (r *Recorder) Deliver(m *hub.Message) hub.Outcome {
	r.Messages = append(r.Messages, m)
	if r.Answer != nil {
		return r.Answer(m)
	}
	return hub.Sent
}

// Memberships implements hub.Member.
func (r *Recorder) Memberships() *hub.Memberships { return &r.rooms }

// Data returns the data of the messages, in order.
func (r *Recorder) Data() []string {
	var all []string
	for _, m := range r.Messages {
		all = append(all, string(m.Data))
	}
	return all
}

// Seqs returns the sequence numbers of the messages of channel, in order.
func (r *Recorder) Seqs(channel string) []uint64 {
	var all []uint64
	for _, m := range r.Messages {
		if m.Channel == channel {
			all = append(all, m.Seq)
		}
	}
	return all
}

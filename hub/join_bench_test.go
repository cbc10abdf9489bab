package hub_test

import (
	"fmt"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// page is a Fold whose state is as large as a book of 2,000 levels.
type page struct{ data []byte }

func newPage() hub.Fold { return &page{make([]byte, 40<<10)} }

func (*page) Apply(*hub.Message) error             { return nil }
func (*page) Reset(*hub.Message) error             { return nil }
func (p *page) Snapshot(dst []byte) ([]byte, bool) { return append(dst, p.data...), true }
func keyed(b *testing.B, h *hub.Hub, channel string, n int) {
	for i := range n {
		p := hub.Payload{Op: frame.OpText, Data: benchData, Key: fmt.Sprint("k", i)}
		if _, err := h.Publish(b.Context(), channel, p); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJoinShown is one join that is shown what the channel keeps, and one leave: all of it the loop's time. Where the channel is busy,
// a message is published before each join, so that nothing can be left over from the join before; its cost is in the figure.
func BenchmarkJoinShown(b *testing.B) {
	for _, c := range []struct {
		name     string
		opts     hub.ChannelOptions
		messages int // with a key each
		since    uint64
	}{
		{"last", hub.ChannelOptions{Snapshot: hub.SnapshotLast}, 1, 0},
		{"keys=1000", hub.ChannelOptions{Snapshot: hub.SnapshotPerKey}, 1000, 0},
		{"keys=65536", hub.ChannelOptions{Snapshot: hub.SnapshotPerKey}, 65536, 0},
		{"fold+64", hub.ChannelOptions{Snapshot: hub.SnapshotFold, Fold: newPage}, 65, 0},
		{"resume=64", hub.ChannelOptions{History: hub.History{Count: 4096}}, 128, 64},
		{"resume=4096", hub.ChannelOptions{History: hub.History{Count: 4096}}, 4097, 1},
	} {
		for _, busy := range []bool{false, true} {
			b.Run(fmt.Sprintf("%s/busy=%v", c.name, busy), func(b *testing.B) {
				h := newHub(b, hub.Config{Retain: -1, Options: func(string) *hub.ChannelOptions { return &c.opts }})
				l := hubtest.NewLoop(0)
				keyed(b, h, "c", c.messages)
				m, told := &counter{}, hub.Joined{}
				o := hub.JoinOptions{Joined: func(j hub.Joined) { told = j }}
				if err := h.Join(l, m, "c", o); err != nil {
					b.Fatal(err)
				}
				l.Run()
				h.LeaveAll(l, m)
				if c.since > 0 {
					o.Since = &hub.Position{Epoch: told.Epoch, Seq: c.since}
				}
				b.ReportAllocs()
				for b.Loop() {
					if busy {
						keyed(b, h, "c", 1)
						if o.Since != nil {
							o.Since.Seq++
						}
					}
					if err := h.Join(l, m, "c", o); err != nil {
						b.Fatal(err)
					}
					l.Run()
					h.LeaveAll(l, m)
				}
				if len(told.Snapshot)+len(told.Replay) == 0 {
					b.Error("nothing was shown")
				}
			})
		}
	}
}

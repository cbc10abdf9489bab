package hub_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// counter is the cheapest member there is: what a benchmark with it measures is the hub.
type counter struct {
	rooms hub.Memberships
	bytes int
}

func (c *counter) Memberships() *hub.Memberships { return &c.rooms }
func (c *counter) Deliver(m *hub.Message) hub.Outcome {
	c.bytes += m.Frame(rawEncoding).Len()
	return hub.Sent
}

type plain struct{ _ byte }

func (*plain) Op(m *hub.Message) frame.Op               { return m.Op }
func (*plain) Append(dst []byte, m *hub.Message) []byte { return append(dst, m.Data...) }

var rawEncoding = &plain{}

func crowd(b *testing.B, h *hub.Hub, l *hubtest.Loop, n, channels int) []*counter {
	members := make([]*counter, n)
	for i := range members {
		members[i] = &counter{}
		for c := range channels {
			if err := h.Join(l, members[i], fmt.Sprint("c", c), hub.JoinOptions{}); err != nil {
				b.Fatal(err)
			}
		}
	}
	l.Run()
	return members
}

var benchData = make([]byte, 128)

func publishN(b *testing.B, h *hub.Hub, channel string, n int) {
	for range n {
		if _, err := h.Publish(context.Background(), channel, hub.Payload{Op: frame.OpText, Data: benchData}); err != nil {
			b.Fatal(err)
		}
	}
}

func perDelivery(b *testing.B, deliveries int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(deliveries), "ns/delivery")
}

// BenchmarkPublish publishes one message and delivers it; its allocations do not grow with
// the number of members.
func BenchmarkPublish(b *testing.B) {
	for _, n := range []int{0, 1, 1000, 10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprint("members=", n), func(b *testing.B) {
			h, l := newHub(b, hub.Config{}), hubtest.NewLoop(0)
			crowd(b, h, l, n, 1)
			b.ReportAllocs()
			for b.Loop() {
				publishN(b, h, "c0", 1)
				l.Run()
			}
			perDelivery(b, max(1, n))
		})
	}
}

// BenchmarkBurst publishes 100 messages back to back to 1000 members: to one channel, or
// spread over 100 that each member is in.
func BenchmarkBurst(b *testing.B) {
	for _, channels := range []int{1, 100} {
		b.Run(fmt.Sprint("channels=", channels), func(b *testing.B) {
			h, l := newHub(b, hub.Config{}), hubtest.NewLoop(0)
			crowd(b, h, l, 1000, channels)
			names := make([]string, channels)
			for c := range names {
				names[c] = fmt.Sprint("c", c)
			}
			b.ReportAllocs()
			for b.Loop() {
				for i := range 100 {
					publishN(b, h, names[i%channels], 1)
				}
				l.Run()
			}
			perDelivery(b, 100*1000)
		})
	}
}

// BenchmarkJoinLeave is one join that takes effect and one leave, in a room of n others.
func BenchmarkJoinLeave(b *testing.B) {
	for _, n := range []int{0, 1, 100_000} {
		b.Run(fmt.Sprint("others=", n), func(b *testing.B) {
			h, l := newHub(b, hub.Config{}), hubtest.NewLoop(0)
			crowd(b, h, l, n, 1)
			m := &counter{}
			b.ReportAllocs()
			for b.Loop() {
				if err := h.Join(l, m, "c0", hub.JoinOptions{}); err != nil {
					b.Fatal(err)
				}
				l.Run()
				if err := h.Leave(l, m, "c0"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkLeaveAll joins n channels and leaves them all, each full of others.
func BenchmarkLeaveAll(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint("channels=", n), func(b *testing.B) {
			h, l := newHub(b, hub.Config{}), hubtest.NewLoop(0)
			crowd(b, h, l, 10, n)
			m := &counter{}
			names := make([]string, n)
			for c := range names {
				names[c] = fmt.Sprint("c", c)
			}
			b.ReportAllocs()
			for b.Loop() {
				for _, c := range names {
					if err := h.Join(l, m, c, hub.JoinOptions{}); err != nil {
						b.Fatal(err)
					}
				}
				l.Run()
				h.LeaveAll(l, m)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/channel")
		})
	}
}

// BenchmarkPublishParallel has every P publish to a channel of its own, or all to the same.
func BenchmarkPublishParallel(b *testing.B) {
	for _, same := range []bool{false, true} {
		b.Run(fmt.Sprint("same=", same), func(b *testing.B) {
			h := newHub(b, hub.Config{})
			b.ReportAllocs()
			next := make(chan int, 1024)
			for i := range cap(next) {
				next <- i
			}
			b.RunParallel(func(pb *testing.PB) {
				name := "c"
				if !same {
					name = fmt.Sprint("c", <-next)
				}
				for pb.Next() {
					publishN(b, h, name, 1)
				}
			})
		})
	}
}

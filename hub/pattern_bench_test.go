package hub_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// BenchmarkPublishBesidePatterns publishes to one channel with one member, beside 10,000 members that have a channel each, or a pattern
// each. Both must cost the same, because patterns only count when a channel appears.
func BenchmarkPublishBesidePatterns(b *testing.B) {
	for _, others := range []string{"channels", "patterns"} {
		b.Run(others, func(b *testing.B) {
			h, l := newHub(b, hub.Config{}), hubtest.NewLoop(0)
			for i := range 10_000 {
				if m := (&counter{}); others == "patterns" {
					mustJoinPattern(b, h, l, m, fmt.Sprint("*x", i, "*"), hub.PatternOptions{})
				} else {
					mustJoin(b, h, l, m, fmt.Sprint("x", i))
				}
			}
			crowd(b, h, l, 1, 1)
			b.ReportAllocs()
			for b.Loop() {
				publishN(b, h, "c0", 1)
				l.Run()
			}
		})
	}
}

// BenchmarkChannelAppears publishes the first message of a channel, held against the patterns of all members.
func BenchmarkChannelAppears(b *testing.B) {
	for _, n := range []int{0, 1, 100, 10_000} {
		b.Run(fmt.Sprint("patterns=", n), func(b *testing.B) {
			h, l := newHub(b, hub.Config{}), hubtest.NewLoop(0)
			for i := range n {
				mustJoinPattern(b, h, l, &counter{}, fmt.Sprint("*usd@x", i), hub.PatternOptions{})
			}
			i := 0
			b.ReportAllocs()
			for b.Loop() {
				publishN(b, h, strconv.Itoa(i), 1)
				i++
			}
		})
	}
}

// BenchmarkJoinPattern joins and leaves a pattern that stands for 10 of so many channels.
func BenchmarkJoinPattern(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000} {
		b.Run(fmt.Sprint("channels=", n), func(b *testing.B) {
			h, l := newHub(b, hub.Config{Retain: -1}), hubtest.NewLoop(0)
			for i := range n {
				publishN(b, h, fmt.Sprint("sym", i, "@", i%(n/10)), 1)
			}
			m := &counter{}
			b.ReportAllocs()
			for b.Loop() {
				if err := h.JoinPattern(l, m, "*@7", hub.PatternOptions{}); err != nil {
					b.Fatal(err)
				}
				l.Run()
				if m.rooms.Len() != 10 {
					b.Fatal(m.rooms.Len())
				}
				if _, err := h.LeavePattern(l, m, "*@7"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

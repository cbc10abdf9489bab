package hub

import (
	"fmt"
	"runtime"
	"testing"
)

// benchMessages are n messages of a channel with so many keys, in turn.
func benchMessages(n, keys int) []*Message {
	o := &ChannelOptions{Slow: SlowConflate}
	msgs := make([]*Message, n)
	for i := range msgs {
		msgs[i] = &Message{Channel: "ticks", Position: Position{"e", uint64(i + 1)}, Key: fmt.Sprintf("SYMBOL%dUSDT", i*7919%keys), Options: o}
	}
	return msgs
}

// BenchmarkHoldTake is what one message costs a member that holds, by the number of keys and of members that hold the channel on the loop.
func BenchmarkHoldTake(b *testing.B) {
	for _, keys := range []int{1, 1000} {
		for _, members := range []int{1, 500} {
			b.Run(fmt.Sprintf("keys=%d/members=%d", keys, members), func(b *testing.B) {
				s := NewHolds(func() int64 { return 0 }, func(int64) {})
				msgs := benchMessages(100*keys, keys)
				holds := make([]*Hold, members)
				for i := range holds {
					holds[i] = s.Conflate()
					holds[i].Take(msgs[0])
					holds[i].Keep(msgs[0])
				}
				b.ReportAllocs()
				n, seq := 0, uint64(1)
				for b.Loop() {
					m := msgs[seq%uint64(len(msgs))]
					seq++
					m.Seq = seq
					for _, h := range holds {
						h.Take(m)
					}
					n += members
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/member")
			})
		}
	}
}

// BenchmarkHoldRound is a window of members with the same rate: some messages of each key, and a round of all keys to each.
func BenchmarkHoldRound(b *testing.B) {
	for _, keys := range []int{1, 1000} {
		b.Run(fmt.Sprintf("keys=%d", keys), func(b *testing.B) {
			const members = 100
			now := int64(0)
			s := NewHolds(func() int64 { return now }, func(int64) {})
			msgs := benchMessages(3*keys, keys)
			holds := make([]*Hold, members)
			for i := range holds {
				holds[i] = s.Conflate()
				holds[i].Limit(100)
			}
			b.ReportAllocs()
			sent, seq := 0, uint64(0)
			for b.Loop() {
				for _, m := range msgs {
					seq++
					m.Seq = seq
					for _, h := range holds {
						if sp, v := h.Take(m); v == Pass {
							h.Sent(m, sp)
						}
					}
				}
				now += 20e6
				s.Tick(func(h *Hold) (n int) {
					for {
						m, sp, ok := h.Next()
						if !ok {
							return n
						}
						h.Sent(m, sp)
						n++
						sent++
					}
				})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent), "ns/sent")
		})
	}
}

// What a held key costs: once a loop, however many members hold it, and each member that is in the middle of a round besides.
func TestHeldMemory(t *testing.T) {
	const keys, members = 1000, 500
	msgs := benchMessages(4*keys, keys)
	s := NewHolds(func() int64 { return 0 }, func(int64) {})
	grown := func(f func()) float64 {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		f()
		runtime.GC()
		runtime.ReadMemStats(&after)
		return float64(after.HeapAlloc) - float64(before.HeapAlloc)
	}
	holds := make([]*Hold, members)
	log := grown(func() {
		holds[0] = s.Conflate()
		holds[0].Take(msgs[0])
		holds[0].Keep(msgs[0])
		for _, m := range msgs[1:] {
			holds[0].Take(m)
		}
	})
	others := grown(func() {
		for i := 1; i < members; i++ {
			holds[i] = s.Conflate()
			holds[i].Take(msgs[keys*3])
			holds[i].Keep(msgs[keys*3])
		}
	})
	rounds := grown(func() {
		for _, h := range holds {
			if m, sp, ok := h.Next(); ok {
				h.Sent(m, sp)
			}
		}
	})
	if st := s.Stats(); st.Messages != keys || st.Slow != members || st.Rounds != int64(members*(keys-1)) {
		t.Errorf("%+v", st)
	}
	t.Logf("a log of %d keys: %.0f bytes a key; a member that holds: %.0f bytes; all in the same round: %.1f bytes a member and key",
		keys, log/keys, others/(members-1), rounds/members/keys)
	if log/keys > 200 || others/(members-1) > 400 || rounds/members/keys > 9 {
		t.Error("that is more than it was")
	}
	runtime.KeepAlive(holds)
	runtime.KeepAlive(msgs)
}

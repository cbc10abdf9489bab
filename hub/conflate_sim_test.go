package hub

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"
)

// simulated is one member in a simulation of [Holds]: a socket that takes so many messages, and the account of what came.
type simulated struct {
	channel string
	hold    *Hold // nil: keeps up
	drops   bool
	hz      float64
	room    int // messages that the socket still takes
	joined  uint64
	last    uint64 // accounted for

	got     map[uint64]int64 // by number: when
	dropped map[uint64]bool
	stalled bool // it ever was
	changed bool // its rate was
	left    bool
}

// simulation lets members of a few channels meet everything in a random order. chance decides, so a seed or a fuzzer's bytes repeat it.
type simulation struct {
	tb      testing.TB
	chance  func(n int) int
	now     int64
	wakeAt  int64
	holds   *Holds
	members []*simulated
	log     map[string][]*Message // what was published
	options *ChannelOptions
	keys    int
	steps   int
	seed    uint64
}

func newSimulation(tb testing.TB, chance func(int) int) *simulation {
	s := &simulation{tb: tb, chance: chance, log: map[string][]*Message{}, options: &ChannelOptions{Slow: SlowConflate}}
	s.holds = NewHolds(func() int64 { return s.now }, func(at int64) {
		if s.wakeAt == 0 || at < s.wakeAt {
			s.wakeAt = at
		}
	})
	s.holds.trimFrom = 1 + chance(8)
	if chance(2) == 0 {
		s.holds.budget = 1 + chance(3)
	}
	s.keys = 1 + chance(3)*chance(8)
	if chance(4) == 0 {
		s.options = &ChannelOptions{Slow: SlowConflate, MaxKeys: 1 + chance(3)}
	}
	return s
}

func (s *simulation) fail(format string, args ...any) {
	s.tb.Helper()
	s.tb.Fatalf("seed %d, step %d: %s", s.seed, s.steps, fmt.Sprintf(format, args...))
}

func (s *simulation) join() {
	c := "ab"[s.chance(2):][:1]
	m := &simulated{channel: c, joined: uint64(len(s.log[c])), got: map[uint64]int64{}, dropped: map[uint64]bool{}, room: s.chance(5)}
	if s.chance(3) == 0 {
		m.room = 1 << 30
	}
	m.last = m.joined
	if m.drops = s.chance(5) == 0; !m.drops && s.chance(2) == 0 {
		m.hz = float64(1 + s.chance(4)*60)
		m.hold = s.holds.Conflate()
		m.hold.Limit(m.hz)
	}
	s.members = append(s.members, m)
}

// send is the socket and the client behind it.
func (s *simulation) send(m *simulated, msg *Message, sp Span) bool {
	if m.room == 0 {
		m.stalled = true
		return false
	}
	m.room--
	if sp.From != m.last+1 || sp.Seq < sp.From || msg != nil && (msg.Seq != sp.Seq || msg.Channel != m.channel) {
		s.fail("%+v behind %d", sp, m.last)
	}
	gap := false
	for n := sp.From; n < sp.Seq && !m.drops; n++ {
		gap = gap || s.log[m.channel][n-1].Gap
	}
	if sp.Gap != gap {
		s.fail("%+v, and that one of those before %d had a gap is %v", sp, sp.Seq, gap)
	}
	end := sp.Seq
	if msg == nil {
		end++
	}
	for n := sp.From; n < end; n++ {
		m.dropped[n] = sp.Dropped
	}
	if msg != nil {
		m.got[msg.Seq] = s.now
	}
	m.last = sp.Seq
	return true
}

// deliver is what a session does with a message.
func (s *simulation) deliver(m *simulated, msg *Message) {
	if m.hold == nil {
		sp := Span{From: msg.Seq, Seq: msg.Seq}
		if s.send(m, msg, sp) {
			return
		}
		if m.drops {
			m.hold = s.holds.Drop()
		} else {
			m.hold = s.holds.Conflate()
		}
		m.hold.Take(msg)
		m.hold.Keep(msg)
		return
	}
	switch sp, v := m.hold.Take(msg); v {
	case Pass:
		if s.send(m, msg, sp) {
			m.hold.Sent(msg, sp)
		} else {
			m.hold.Keep(msg)
		}
	case Past:
		if msg.Seq > m.last {
			s.fail("%d is said to be past, behind %d", msg.Seq, m.last)
		}
	}
	s.spare(m)
}

func (s *simulation) spare(m *simulated) {
	if m.hold.Spare() {
		m.hold.Close()
		m.hold = nil
	}
}

func (s *simulation) flush(m *simulated) (n int) {
	for m.hold != nil {
		msg, sp, ok := m.hold.Next()
		if !ok || !s.send(m, msg, sp) {
			break
		}
		m.hold.Sent(msg, sp)
		n++
		s.spare(m)
	}
	return n
}

func (s *simulation) tick() {
	s.holds.Tick(func(h *Hold) int {
		for _, m := range s.members {
			if m.hold == h {
				return s.flush(m)
			}
		}
		s.fail("a window of nobody's")
		return 0
	})
}

// publish lets some messages be fanned out together, with drains and ticks in the middle.
func (s *simulation) publish() {
	c := "ab"[s.chance(2):][:1]
	var run []*Message
	for range 1 + s.chance(4)*s.chance(3) {
		m := &Message{
			Channel: c, Position: Position{"e", uint64(len(s.log[c]) + 1)}, Options: s.options,
			Key: strconv.Itoa(s.chance(s.keys)), Gap: s.chance(6) == 0,
		}
		s.log[c] = append(s.log[c], m)
		run = append(run, m)
	}
	for _, m := range s.members {
		if m.channel != c || m.left {
			continue
		}
		for _, msg := range run {
			s.deliver(m, msg)
			switch s.chance(16) {
			case 0:
				m.room = max(m.room, s.chance(5))
				s.flush(m)
			case 1:
				s.now += int64(s.chance(10)) * 1e6
				s.tick()
			}
		}
	}
}

func (s *simulation) step() {
	s.steps++
	s.bounded()
	switch s.chance(8) {
	case 0:
		if len(s.members) < 12 {
			s.join()
		}
	case 1, 2, 3:
		s.publish()
	case 4:
		s.now += int64(s.chance(40)) * 1e6
		s.tick()
	default:
		if len(s.members) == 0 {
			return
		}
		m := s.members[s.chance(len(s.members))]
		switch k := s.chance(10); {
		case m.left:
		case k == 0:
			s.leave(m)
		case k == 1 && !m.drops:
			if m.hold == nil {
				m.hold = s.holds.Conflate()
			}
			m.hz, m.changed = float64(s.chance(4)*60), true
			m.hold.Limit(m.hz)
			s.flush(m)
			if m.hold != nil {
				s.spare(m)
			}
		default: // the socket has room again
			m.room = max(m.room, s.chance(30))
			s.flush(m)
		}
	}
}

// bounded checks what is kept: two messages a key for a member, one a key in a log.
func (s *simulation) bounded() {
	for _, m := range s.members {
		if m.hold != nil {
			if st := m.hold.State(); st.Keys > 2*s.keys || (st.Keys > 0) != (st.Behind > 0 && !m.drops) {
				s.fail("a member of %d keys holds %+v", s.keys, st)
			}
		}
	}
	for c, logs := range s.holds.logs {
		for _, p := range logs {
			if p.n > min(s.keys, p.most) || len(p.holders) == 0 {
				s.fail("a log of %s has %d of %d keys and %d holders", c, p.n, s.keys, len(p.holders))
			}
		}
	}
}

// paced checks that of each key a member which never stalled was sent one message a window. Windows are those of the loop, so a message at
// the end of one and another at the beginning of the next may be close; a third may not.
func (s *simulation) paced(m *simulated) {
	at := map[string][]int64{}
	for n := m.joined + 1; n <= m.last; n++ {
		if t, sent := m.got[n]; sent {
			key := s.log[m.channel][n-1].Key
			at[key] = append(at[key], t)
			if ts := at[key]; len(ts) > 2 && float64(ts[len(ts)-1]-ts[len(ts)-3]) < 1e9/m.hz-1 {
				s.fail("with %v Hz key %s came at %v", m.hz, key, ts)
			}
		}
	}
}

func (s *simulation) leave(m *simulated) {
	m.left = true
	if m.hold != nil {
		m.hold.Close()
		m.hold = nil
	}
}

// end lets everybody catch up, and checks the account and the values.
func (s *simulation) end() {
	for range 30 {
		for _, m := range s.members {
			m.room = 1 << 30
			if !m.left {
				s.flush(m)
			}
		}
		s.now += 2e9
		s.tick()
	}
	for i, m := range s.members {
		if !m.left && m.last != uint64(len(s.log[m.channel])) {
			s.fail("member %d, %+v, accounts for %d of %d", i, m, m.last, len(s.log[m.channel]))
		}
		if m.hz > 0 && !m.stalled && !m.changed {
			s.paced(m)
		}
		s.check(fmt.Sprintf("member %d (hz %v)", i, m.hz), m)
		if !m.left {
			s.leave(m)
		}
	}
	st := s.holds.Stats()
	if st != (HoldStats{}) || !s.holds.Empty() || len(s.holds.logs) > 0 || len(s.holds.paces) > 0 || len(s.holds.active) > 0 {
		s.fail("when all have left there is still %+v, %+v", st, s.holds)
	}
}

// check is the oracle: of every number that was not sent, a later value of its key was, or it was declared dropped, or the member
// was gone before that.
func (s *simulation) check(who string, m *simulated) {
	later := map[string]bool{} // keys of which a later value was sent
	for n := m.last; n > m.joined; n-- {
		msg := s.log[m.channel][n-1]
		_, sent := m.got[n]
		switch {
		case sent:
			later[msg.Key] = true
		case m.dropped[n]:
			if !m.drops && s.options.MaxKeys == 0 {
				s.fail("%s lost %d although values are conflated", who, n)
			}
		case m.drops:
			s.fail("%s is not told that %d was dropped", who, n)
		case !later[msg.Key] && !m.left:
			s.fail("%s was never sent %d nor a later value of key %s", who, n, msg.Key)
		}
	}
}

func TestHoldsSimulated(t *testing.T) {
	runs := 4000
	if testing.Short() {
		runs = 400
	}
	for seed := range uint64(runs) {
		r := rand.New(rand.NewPCG(seed, 5))
		s := newSimulation(t, r.IntN)
		s.seed = seed
		for range 200 {
			s.step()
		}
		s.end()
	}
}

func FuzzHolds(f *testing.F) {
	f.Add([]byte("\x01\x02\x00\x03\x01\x01\x02\x05\x07\x01\x00\x02\x04\x09\x05\x05\x03\x01\x02"))
	f.Add([]byte{0, 0, 0, 1, 0, 0, 1, 1, 1, 1, 4, 7, 5, 5, 5, 1, 2, 3, 255, 254, 17, 99, 3, 3, 3})
	f.Fuzz(func(t *testing.T, p []byte) {
		s := newSimulation(t, func(n int) int {
			if len(p) == 0 {
				return 0
			}
			k := int(p[0]) % n
			p = p[1:]
			return k
		})
		for len(p) > 0 && s.steps < 2000 {
			s.step()
		}
		s.end()
	})
}

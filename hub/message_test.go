package hub_test

import (
	"bytes"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// numbered is an encoding that counts how often it is run.
type numbered struct {
	prefix string
	op     frame.Op
	runs   atomic.Int32
	hold   chan struct{} // not nil: Append waits until it is closed
}

func (e *numbered) Op(*hub.Message) frame.Op { return e.op }

func (e *numbered) Append(dst []byte, m *hub.Message) []byte {
	e.runs.Add(1)
	if e.hold != nil {
		<-e.hold
	}
	dst = append(dst, e.prefix...)
	dst = strconv.AppendUint(dst, m.Seq, 10)
	return append(append(dst, ' '), m.Data...)
}

func message() *hub.Message {
	return &hub.Message{Channel: "c", Position: hub.Position{Epoch: "e", Seq: 7}, Op: frame.OpText, Data: []byte("data")}
}

func TestFrameIsMadeOncePerEncoding(t *testing.T) {
	m := message()
	text := &numbered{prefix: "t", op: frame.OpText}
	binary := &numbered{prefix: "b", op: frame.OpBinary}
	first := m.Frame(text)
	for range 3 {
		// FIN and opcode, length 7 without a mask, payload
		if got, want := m.Frame(text).Wire(), []byte("\x81\x07t7 data"); !bytes.Equal(got, want) {
			t.Errorf("text: % x, want % x", got, want)
		}
		if got, want := m.Frame(binary).Wire(), []byte("\x82\x07b7 data"); !bytes.Equal(got, want) {
			t.Errorf("binary: % x, want % x", got, want)
		}
	}
	if m.Frame(text) != first || text.runs.Load() != 1 || binary.runs.Load() != 1 {
		t.Errorf("the encodings ran %d and %d times, want once each", text.runs.Load(), binary.runs.Load())
	}
}

// Many loops ask for two encodings at the same time: one run each, the same frame for all,
// and nobody waits for the encoding that is not its own.
func TestFrameFromManyLoops(t *testing.T) {
	m := message()
	held := &numbered{op: frame.OpText, hold: make(chan struct{})}
	free := &numbered{op: frame.OpText}
	var wg, asked sync.WaitGroup
	frames := make([]*frame.Message, 16)
	for i := range frames {
		asked.Add(1)
		wg.Go(func() {
			asked.Done()
			frames[i] = m.Frame(held)
		})
	}
	asked.Wait()
	for range 4 {
		if m.Frame(free) == nil {
			t.Error("no frame")
		}
	}
	close(held.hold)
	wg.Wait()
	for i, f := range frames {
		if f == nil || f != frames[0] {
			t.Errorf("loop %d got frame %p, loop 0 %p", i, f, frames[0])
		}
	}
	if held.runs.Load() != 1 || free.runs.Load() != 1 {
		t.Errorf("the encodings ran %d and %d times, want once each", held.runs.Load(), free.runs.Load())
	}
}

// moody panics on its first run.
type moody struct{ runs int }

func (*moody) Op(*hub.Message) frame.Op { return frame.OpText }
func (e *moody) Append(dst []byte, _ *hub.Message) []byte {
	e.runs++
	if e.runs == 1 {
		panic("not today")
	}
	return append(dst, "ok"...)
}

// After an encoding's panic the next member meets the encoding again, not a nil frame and
// not a lock that is held for ever.
func TestEncodingThatPanics(t *testing.T) {
	m, e := message(), &moody{}
	func() {
		defer func() {
			if recover() != "not today" {
				t.Error("the panic was swallowed")
			}
		}()
		m.Frame(e)
	}()
	if got := m.Frame(e).Payload(); string(got) != "ok" {
		t.Errorf("the second try gave %q", got)
	}
}

// nested encodes what another encoding made.
type nested struct{ inner hub.Encoding }

func (*nested) Op(*hub.Message) frame.Op { return frame.OpText }
func (e *nested) Append(dst []byte, m *hub.Message) []byte {
	return append(append(append(dst, '['), m.Frame(e.inner).Payload()...), ']')
}

func TestEncodingOnTopOfAnother(t *testing.T) {
	m := message()
	if got := m.Frame(&nested{&numbered{op: frame.OpText}}).Payload(); string(got) != "[7 data]" {
		t.Errorf("got %q", got)
	}
}

func TestOutcomeString(t *testing.T) {
	for o, want := range map[hub.Outcome]string{
		hub.Sent: "sent", hub.Queued: "queued", hub.Dropped: "dropped", hub.Closed: "closed", 9: "unknown",
	} {
		if got := o.String(); got != want {
			t.Errorf("outcome %d is %q, want %q", o, got, want)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	m, e := message(), &numbered{op: frame.OpText}
	b.ReportAllocs()
	for b.Loop() {
		m.Frame(e)
	}
}

// Sent is the first one's clock, for everybody.
func TestSent(t *testing.T) {
	var m hub.Message
	var wg sync.WaitGroup
	var got [8]int64
	for i := range got {
		wg.Go(func() { got[i] = m.Sent(func() time.Time { return time.Unix(0, int64(i+1)) }) })
	}
	wg.Wait()
	for _, at := range got {
		if at == 0 || at != got[0] {
			t.Fatalf("it was sent at %v", got)
		}
	}
}

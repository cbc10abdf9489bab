package frame_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/frame"
)

func BenchmarkNewMessage(b *testing.B) {
	for _, size := range []int{16, 128, 1024, 64 << 10} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			p := make([]byte, size)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				frame.NewMessage(frame.OpBinary, p)
			}
		})
	}
}

func BenchmarkBuildMessage(b *testing.B) {
	for _, size := range []int{16, 128, 1024, 64 << 10} {
		b.Run(fmt.Sprintf("size=%d", size), func(b *testing.B) {
			p := make([]byte, size)
			build := func(dst []byte) []byte { return append(dst, p...) }
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				frame.BuildMessage(frame.OpBinary, size, build)
			}
		})
	}
}

// counted is a message whose memory goes back to a pool with its last reader:
// what Message would be if it were reference-counted.
type counted struct {
	refs atomic.Int32
	wire []byte
}

var countedPool = sync.Pool{New: func() any { return new(counted) }}

func newCounted(p []byte, refs int) *counted {
	m := countedPool.Get().(*counted)
	m.wire = frame.AppendFrame(m.wire[:0], frame.Header{Fin: true, Op: frame.OpBinary}, p)
	m.refs.Store(int32(refs))
	return m
}

func (m *counted) drop() {
	if m.refs.Add(-1) == 0 {
		countedPool.Put(m)
	}
}

// connection stands for the heap that a server's connections are, which the
// collector has to walk for every live heap's worth of garbage.
type connection struct {
	next *connection
	_    [376]byte
}

// BenchmarkMessageLifetime decides whether a Message is reference-counted or
// garbage-collected. It publishes messages to two loops; each hands a reference
// to every of its receivers, which lets go of it when the next one comes. The
// figure is the time for one message to all its receivers, with 40 MB of
// connections on the heap. "counted" counts each receiver's reference, as is
// needed when a slow connection may keep one; "counted per loop" is the least
// that counting can cost, for receivers that never keep any.
func BenchmarkMessageLifetime(b *testing.B) {
	var heap *connection
	for range 100_000 {
		heap = &connection{next: heap}
	}
	for _, receivers := range []int{2, 100, 10_000} {
		for _, size := range []int{128, 16 << 10} {
			p := make([]byte, size)
			name := fmt.Sprintf("receivers=%d/size=%d/", receivers, size)
			b.Run(name+"collected", func(b *testing.B) {
				slots := [2][]*frame.Message{make([]*frame.Message, receivers/2), make([]*frame.Message, receivers/2)}
				publish(b, func() *frame.Message { return frame.NewMessage(frame.OpBinary, p) },
					func(loop int, m *frame.Message) {
						for i := range slots[loop] {
							slots[loop][i] = m
						}
					})
			})
			b.Run(name+"counted", func(b *testing.B) {
				slots := [2][]*counted{make([]*counted, receivers/2), make([]*counted, receivers/2)}
				publish(b, func() *counted { return newCounted(p, receivers) },
					func(loop int, m *counted) {
						for i, old := range slots[loop] {
							slots[loop][i] = m
							if old != nil {
								old.drop()
							}
						}
					})
			})
			b.Run(name+"counted per loop", func(b *testing.B) {
				slots := [2][]*counted{make([]*counted, receivers/2), make([]*counted, receivers/2)}
				publish(b, func() *counted { return newCounted(p, 2) },
					func(loop int, m *counted) {
						old := slots[loop][0]
						for i := range slots[loop] {
							slots[loop][i] = m
						}
						if old != nil {
							old.drop()
						}
					})
			})
		}
	}
	if heap.next == nil {
		b.Fatal("the heap is gone")
	}
}

// publish makes b.N messages and has two loops deliver each, in bursts of 64 so
// that the hand-over does not hide what is measured.
func publish[M any](b *testing.B, make func() M, deliver func(loop int, m M)) {
	b.ReportAllocs()
	var loops [2]chan []M
	var wg sync.WaitGroup
	for i := range loops {
		loops[i] = newMailbox[M]()
		wg.Go(func() {
			for burst := range loops[i] {
				for _, m := range burst {
					deliver(i, m)
				}
			}
		})
	}
	for left := b.N; left > 0; left -= 64 {
		var burst []M
		for range min(left, 64) {
			burst = append(burst, make())
		}
		for i := range loops {
			loops[i] <- burst
		}
	}
	for i := range loops {
		close(loops[i])
	}
	wg.Wait()
}

func newMailbox[M any]() chan []M { return make(chan []M, 4) }

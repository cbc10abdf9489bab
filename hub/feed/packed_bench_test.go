package feed_test

import (
	"testing"

	"github.com/tinylib/msgp/msgp"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// BenchmarkRecorded writes every message of the recorded market, in each of the encodings. "bin" is what was not chosen: the same array
// with data as JSON in a bin.
func BenchmarkRecorded(b *testing.B) {
	all := recorded(b)
	buf := make([]byte, 0, 1<<20)
	for name, enc := range feed.Encodings() {
		b.Run(name, func(b *testing.B) {
			benchEncoding(b, all, func(m *hub.Message) int { buf = enc.Append(buf[:0], m); return len(buf) })
		})
	}
	b.Run("bin", func(b *testing.B) {
		benchEncoding(b, all, func(m *hub.Message) int {
			p := msgp.AppendArrayHeader(buf[:0], 5)
			p = msgp.AppendString(msgp.AppendUint64(p, 0), m.Channel)
			p = msgp.AppendUint64(msgp.AppendUint64(p, m.Seq), uint64(m.Time))
			buf = msgp.AppendBytes(p, m.Data)
			return len(buf)
		})
	})
}

func benchEncoding(b *testing.B, all []*hub.Message, write func(*hub.Message) int) {
	b.ReportAllocs()
	size, n := 0, 0
	for b.Loop() {
		for _, m := range all {
			size += write(m)
		}
		n += len(all)
	}
	b.ReportMetric(float64(size)/float64(n), "bytes/msg")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/msg")
}

package serve

import (
	"context"
	"log/slog"
	"strings"

	"github.com/weir-ws/weir/hub/feed/book"
	"github.com/weir-ws/weir/hub/feed/source"
)

// books brings the order books of a recording up to date. They were got by REST while the stream went on, so each is older than the
// differences that stand before it; what a subscriber is told must be the state at its place in the stream, or the updates in
// between would be missing from every book that begins with it.
type books struct {
	next source.Sink
	log  *slog.Logger
	kept map[string]*book.Book // by channel
}

func newBooks(next source.Sink, log *slog.Logger) *books {
	return &books{next: next, log: log, kept: make(map[string]*book.Book)}
}

// Publish implements [source.Sink].
func (b *books) Publish(ctx context.Context, e source.Event) error {
	if !strings.Contains(e.Channel, "@depth") {
		return b.next.Publish(ctx, e)
	}
	k := b.kept[e.Channel]
	if k == nil || e.Gap {
		k = book.New()
		b.kept[e.Channel] = k
	}
	if !e.Snapshot {
		if err := k.Update(e.Data); err != nil {
			b.kept[e.Channel] = nil // it begins anew with what comes next
		}
		return b.next.Publish(ctx, e)
	}
	err := k.Restore(e.Data)
	data, ok := k.Snapshot(nil)
	if err != nil || !ok {
		b.log.Warn("an order book of the recording does not go with the differences before it; it is left out", "channel", e.Channel, "err", err)
		return nil
	}
	e.Data = data
	return b.next.Publish(ctx, e)
}

package book

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/weir-ws/weir/hub"
)

// recent is how many differences are kept to be applied again to a snapshot that is older than they are: at ten a second, the usual
// rate, six seconds. A snapshot that is fetched beside a stream is a second old at most.
const recent = 64

// ErrGap is wrapped by the error for a difference that does not follow the one before it: updates in between are missing, so the book is
// unusable until the next snapshot.
var ErrGap = errors.New("book: updates are missing")

// Book is one order book. The zero value is not ready: make one with [New]. It is not safe for use by several goroutines at a time.
type Book struct {
	bids, asks side
	last       int64 // the update that the book stands at
	whole      bool  // there was a snapshot, and nothing is missing since
	recent     [][]byte
}

// New returns an empty book, which is unusable until its first snapshot.
func New() *Book { return &Book{bids: side{sign: 1}, asks: side{sign: -1}} }

// Fold is New for hub.ChannelOptions.Fold and hub.Book.
func Fold() hub.Fold { return New() }

// Apply implements [hub.Fold].
func (b *Book) Apply(m *hub.Message) error {
	if m.Gap {
		b.whole = false
		b.recent = nil
	}
	return b.Update(m.Data)
}

// Reset implements [hub.Fold].
func (b *Book) Reset(m *hub.Message) error { return b.Restore(m.Data) }

// Update takes in a difference, and keeps data. One that holds only updates that the book has already changes nothing. The error wraps
// [ErrGap], or says what is wrong with data; then the book is unusable until the next snapshot.
func (b *Book) Update(data []byte) error {
	if len(b.recent) == recent {
		copy(b.recent, b.recent[1:])
		b.recent = b.recent[:recent-1]
	}
	b.recent = append(b.recent, data)
	if !b.whole {
		return nil // there is nothing to apply it to
	}
	if err := b.apply(data); err != nil {
		b.whole = false
		return err
	}
	return nil
}

// Restore takes in a snapshot, and brings it up to date with the differences that came before it and that it does not hold. The error
// wraps [ErrGap] if updates between it and those are missing, or says what is wrong with data; then the book is unusable.
func (b *Book) Restore(data []byte) error {
	b.whole = false
	b.bids.levels, b.asks.levels = b.bids.levels[:0], b.asks.levels[:0]
	s, err := parseSnapshot(data)
	if err != nil {
		return err
	}
	if err := b.take(s); err != nil {
		return err
	}
	for _, d := range b.recent {
		if err := b.apply(d); err != nil {
			return fmt.Errorf("book: a snapshot at update %d cannot be brought up to date: %w", s.last.Int(), err)
		}
	}
	b.whole = true
	return nil
}

func (b *Book) apply(data []byte) error {
	d, err := parseDifference(data)
	if err != nil {
		return err
	}
	if d.last.Int() <= b.last {
		return nil
	}
	if d.first.Int() > b.last+1 {
		return fmt.Errorf("%w: %d to %d", ErrGap, b.last+1, d.first.Int()-1)
	}
	return b.take(d)
}

func (b *Book) take(c change) error {
	if err := b.bids.load(c.bids); err != nil {
		return err
	}
	if err := b.asks.load(c.asks); err != nil {
		return err
	}
	b.last = c.last.Int()
	return nil
}

// Snapshot implements [hub.Fold].
func (b *Book) Snapshot(dst []byte) (data []byte, ok bool) {
	if !b.whole {
		return dst, false
	}
	dst = append(dst, `{"lastUpdateId":`...)
	dst = strconv.AppendInt(dst, b.last, 10)
	dst = append(dst, `,"bids":`...)
	dst = b.bids.appendTo(dst)
	dst = append(dst, `,"asks":`...)
	dst = b.asks.appendTo(dst)
	return append(dst, '}'), true
}

// Levels returns the number of bids and of asks.
func (b *Book) Levels() (bids, asks int) { return len(b.bids.levels), len(b.asks.levels) }

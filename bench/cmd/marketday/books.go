package main

import (
	"context"
	"fmt"
	"io"
)

// compareBooks asks the server for its books, and holds them against the recording's and those of every reader that kept them.
func compareBooks(ctx context.Context, o *options, d *day, readers []*reader, out io.Writer) error {
	ask := newReader(o, d, 0)
	ask.kind, ask.points, ask.keeps, ask.joinsLate = steady, nil, true, true
	if err := ask.live(ctx); err != nil {
		return fmt.Errorf("asking for the books: %w", err)
	}
	for i, c := range d.channels {
		end := uint64(len(c.payload))
		if !c.book() || c.bookAt(end) == nil {
			continue
		}
		if ask.at[i].book == nil {
			return fmt.Errorf("the server has no book of %s", c.name)
		}
		want, ok := ask.at[i].book.Snapshot(nil)
		if !ok {
			return fmt.Errorf("the server's book of %s is not whole", c.name)
		}
		if why := c.differs(end, want); why != "" {
			return fmt.Errorf("the server's book of %s is not the recording's: %s", c.name, why)
		}
		n := 0
		for k, r := range readers {
			if !r.keeps {
				continue
			}
			if r.at[i].book == nil {
				return fmt.Errorf("subscriber %d (%s) has no book of %s", k+1, kindNames[r.kind], c.name)
			}
			if got, ok := r.at[i].book.Snapshot(nil); !ok || string(got) != string(want) {
				return fmt.Errorf("the book of %s of subscriber %d (%s) is not the server's", c.name, k+1, kindNames[r.kind])
			}
			n++
		}
		bids, asks := ask.at[i].book.Levels()
		fmt.Fprintf(out, "books            %d of %s, each the server's and the recording's: %d bids, %d asks\n", n, c.name, bids, asks)
	}
	return nil
}

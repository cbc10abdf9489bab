package serve

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/terminal"
	"github.com/weir-ws/weir/hub/feed/source"
)

// progressEvery is how often the progress line changes: often enough to look alive.
const progressEvery = 200 * time.Millisecond

// progressLine is the replay's line on a terminal.
func progressLine(p source.Progress, book catalogue, loop bool, conns int64) string {
	total := uint64(book.messages)
	done := p.Messages
	var b strings.Builder
	b.WriteString("replay ")
	if loop && total > 0 {
		fmt.Fprintf(&b, "pass %s, ", terminal.Count(done/total+1))
		done %= total
	}
	percent := 0.0
	if total > 0 {
		percent = 100 * float64(done) / float64(total)
	}
	fmt.Fprintf(&b, "%3.0f%%  %s of %s messages  %s of %s", percent, terminal.Count(done), terminal.Count(total),
		p.Recorded.Round(time.Second), book.span.Round(time.Second))
	if s := p.Elapsed.Seconds(); s > 0 {
		fmt.Fprintf(&b, "  %s/s", terminal.Count(uint64(float64(p.Messages)/s)))
	}
	fmt.Fprintf(&b, "  %s", terminal.Plural(conns, "connection"))
	return b.String()
}

// showProgress keeps the line up to date until ctx ends.
func showProgress(ctx context.Context, line *terminal.Line, text func() string) {
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		line.Set(text())
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

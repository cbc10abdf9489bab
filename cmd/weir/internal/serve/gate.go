package serve

import (
	"context"
	"time"
)

const (
	// gatePoll is how long the gate waits before it counts again. Nobody is waiting to the millisecond for a replay that waits for people.
	gatePoll = 10 * time.Millisecond
	// gateRest is how many times longer than a count it waits: thousands of members with patterns keep the loops busy for 50 ms, and
	// more of them are to be let in meanwhile.
	gateRest = 9
)

// counter counts the members of each of channels, as [hub.Hub.Awaited] does.
type counter func(ctx context.Context, channels []string) ([]int, error)

// gate returns when every one of channels has want members, or with ctx's error. What is published afterwards reaches
// all of them: a member is counted from its join on, and a join takes its place in the channel's order before a
// later message takes its own.
//
// members counts the members of each channel, those included who will be ones with its first message; seen is told the smallest count, each time it has changed.
func gate(ctx context.Context, channels []string, want int, members counter, seen func(have int)) error {
	if want <= 0 {
		return nil
	}
	pause := time.NewTimer(gatePoll)
	defer pause.Stop()
	last := -1
	for {
		have, began := want, time.Now()
		counts, err := members(ctx, channels)
		if err != nil {
			return err
		}
		for _, n := range counts {
			have = min(have, n)
		}
		if have != last {
			last = have
			seen(have)
		}
		if have >= want {
			return nil
		}
		pause.Reset(max(gatePoll, gateRest*time.Since(began)))
		select {
		case <-pause.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

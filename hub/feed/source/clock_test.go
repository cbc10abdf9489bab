package source_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

// The system's clock, on the time of a synctest bubble.
func TestSystemClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := source.SystemClock()
		start := clock.Now()
		if err := clock.Sleep(t.Context(), time.Hour); err != nil || clock.Now().Sub(start) != time.Hour {
			t.Errorf("slept %v, %v", clock.Now().Sub(start), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start = clock.Now()
		if err := clock.Sleep(ctx, time.Hour); err != ctx.Err() || clock.Now().Sub(start) != time.Minute {
			t.Errorf("stopped after %v, %v", clock.Now().Sub(start), err)
		}
	})
}

// Both sources run on the system's clock when none is given, stop when told to, and can be watched meanwhile.
func TestRunOnSystemClock(t *testing.T) {
	path := timed(t, 0, time.Minute, time.Hour)
	synctest.Test(t, func(t *testing.T) {
		market, err := source.NewMarket(source.MarketConfig{})
		if err != nil {
			t.Fatal(err)
		}
		replay, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: 2})
		if err != nil {
			t.Fatal(err)
		}
		if replay.Progress() != (source.Progress{Size: replay.Progress().Size}) || market.Stats() != (source.MarketStats{}) {
			t.Errorf("before: %+v, %+v", replay.Progress(), market.Stats())
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		for _, s := range []source.Source{market, replay} {
			go func() { done <- s.Run(ctx, new(collector)) }()
		}
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if p := replay.Progress(); p.Messages != 2 || p.Recorded != time.Minute || p.Elapsed != 31*time.Second || p.Percent() != 100 {
			t.Errorf("replay after 31 s: %+v", p)
		}
		if s := market.Stats(); s.Messages < 1000 || s.Bytes < 100*s.Messages || s.Elapsed != 31*time.Second {
			t.Errorf("market after 31 s: %+v", s)
		}
		cancel()
		for range 2 {
			if err := <-done; err != context.Canceled {
				t.Errorf("stopped: %v", err)
			}
		}
		time.Sleep(time.Minute)
		if e := market.Stats().Elapsed; e != 31*time.Second {
			t.Errorf("it took %v, a minute later", e)
		}
	})
}

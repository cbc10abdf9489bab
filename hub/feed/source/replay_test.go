package source_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

// timed is a file of messages at these offsets from some time, their data being the offset.
func timed(t *testing.T, offsets ...time.Duration) string {
	var b strings.Builder
	for _, d := range offsets {
		fmt.Fprintf(&b, "%d {\"stream\":\"a\",\"data\":%q}\n", 1723161253937085768+int64(d), d)
	}
	return write(t, "timed", []byte(b.String()))
}

// times are when the messages came.
func (c *collector) times() []time.Duration {
	at := make([]time.Duration, len(c.messages))
	for i, m := range c.messages {
		at[i] = m.at
	}
	return at
}

const us, ms = time.Microsecond, time.Millisecond

func TestReplaySchedule(t *testing.T) {
	for _, tt := range []struct {
		name            string
		speed           source.Speed
		late            time.Duration
		recorded, times []time.Duration
		sleeps          int
	}{
		{"as recorded", 1, 0,
			[]time.Duration{0, 5 * ms, 5 * ms, 20 * ms, time.Second},
			[]time.Duration{0, 5 * ms, 5 * ms, 20 * ms, time.Second}, 3},
		{"0 means as recorded", 0, 0,
			[]time.Duration{0, 5 * ms}, []time.Duration{0, 5 * ms}, 1},
		{"ten times", 10, 0,
			[]time.Duration{0, 50 * ms, 200 * ms, time.Second},
			[]time.Duration{0, 5 * ms, 20 * ms, 100 * ms}, 3},
		{"half", 0.5, 0,
			[]time.Duration{0, 5 * ms, 20 * ms}, []time.Duration{0, 10 * ms, 40 * ms}, 2},
		{"a burst goes out together, never early", 1, 0, // 5 ms + 1 us waits a whole millisecond
			[]time.Duration{0, 5 * ms, 5*ms + us, 5*ms + 2*us, 5*ms + 999*us, 6 * ms, 7 * ms},
			[]time.Duration{0, 5 * ms, 6 * ms, 6 * ms, 6 * ms, 6 * ms, 7 * ms}, 3},
		{"late wakes do not add up", 1, 700 * us,
			[]time.Duration{0, 10 * ms, 20 * ms, 30 * ms},
			[]time.Duration{0, 10*ms + 700*us, 20*ms + 700*us, 30*ms + 700*us}, 3},
		{"a clock that went back is no wait", 1, 0,
			[]time.Duration{0, 10 * ms, 4 * ms, -3 * ms, 11 * ms},
			[]time.Duration{0, 10 * ms, 10 * ms, 10 * ms, 11 * ms}, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			clock := newFakeClock()
			clock.late = tt.late
			r, err := source.NewReplay(source.ReplayConfig{Path: timed(t, tt.recorded...), Speed: tt.speed, Clock: clock,
				Pace: func(context.Context) error { return errors.New("called at a speed with times") }})
			if err != nil {
				t.Fatal(err)
			}
			got := collector{clock: clock}
			if err := r.Run(context.Background(), &got); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.times(), tt.times) || len(clock.sleeps) != tt.sleeps {
				t.Errorf("came at %v after %v\nwant     %v", got.times(), clock.sleeps, tt.times)
			}
			for i, m := range got.messages {
				if want := 1723161253937085768 + int64(tt.recorded[i]); m.ts != want {
					t.Errorf("message %d: time %d, recorded %d", i, m.ts, want)
				}
			}
		})
	}
}

// An offset that no Duration can hold at this speed waits for the end of time instead of wrapping round to now.
func TestReplayVerySlow(t *testing.T) {
	clock := newFakeClock()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	clock.onWake = func(time.Time) { cancel() }
	r, err := source.NewReplay(source.ReplayConfig{Path: timed(t, 0, time.Hour), Speed: 1e-12, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	got := collector{clock: clock}
	if err := r.Run(ctx, &got); !errors.Is(err, context.Canceled) || len(clock.sleeps) != 1 || clock.sleeps[0] != math.MaxInt64 {
		t.Errorf("%v after sleeping %v", err, clock.sleeps)
	}
}

// Every pass keeps the recorded distances from its own first message; the messages go on in the same order.
func TestReplayLoop(t *testing.T) {
	clock := newFakeClock()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := source.NewReplay(source.ReplayConfig{Path: timed(t, 0, 10*ms, 30*ms), Loop: true, Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	got := collector{clock: clock, limit: 7, stop: cancel}
	if err := r.Run(ctx, &got); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	want := []time.Duration{0, 10 * ms, 30 * ms, 30 * ms, 40 * ms, 60 * ms, 60 * ms}
	if !slices.Equal(got.times(), want) {
		t.Errorf("came at %v, want %v", got.times(), want)
	}
	if data := got.data(); !slices.Equal(data, []string{`"0s"`, `"10ms"`, `"30ms"`, `"0s"`, `"10ms"`, `"30ms"`, `"0s"`}) {
		t.Errorf("data %v", data)
	}
	if p := r.Progress(); p.Passes != 2 || p.Messages != 7 || p.Elapsed != 60*ms {
		t.Errorf("progress %+v", p)
	}
}

func TestReplayStops(t *testing.T) {
	path := timed(t, 0, 10*ms, time.Hour)
	for _, speed := range []source.Speed{1, source.Max} {
		ctx, cancel := context.WithCancel(context.Background())
		clock := newFakeClock()
		r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: speed, Clock: clock})
		if err != nil {
			t.Fatal(err)
		}
		got := collector{limit: 2, stop: cancel}
		if err := r.Run(ctx, &got); err != ctx.Err() || len(got.messages) != 2 {
			t.Errorf("speed %v: %v after %d messages", speed, err, len(got.messages))
		}
		got = collector{}
		if err := r.Run(ctx, &got); err != ctx.Err() || len(got.messages) != 0 {
			t.Errorf("speed %v, stopped before: %v after %d messages", speed, err, len(got.messages))
		}
	}
}

func TestReplaySinkFails(t *testing.T) {
	full := errors.New("full")
	path := timed(t, 0, 0)
	r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max})
	if err != nil {
		t.Fatal(err)
	}
	calls := 0
	err = r.Run(context.Background(), source.SinkFunc(func(context.Context, source.Event) error {
		if calls++; calls == 2 {
			return full
		}
		return nil
	}))
	if want := `replay ` + path + `:2: publish to "a": full`; !errors.Is(err, full) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if p := r.Progress(); p.Messages != 1 {
		t.Errorf("counted %d messages", p.Messages)
	}
}

func TestReplayRunTwiceAtOnce(t *testing.T) {
	r, err := source.NewReplay(source.ReplayConfig{Path: timed(t, 0), Speed: source.Max})
	if err != nil {
		t.Fatal(err)
	}
	var inner error
	again := source.SinkFunc(func(ctx context.Context, _ source.Event) error {
		inner = r.Run(ctx, new(collector))
		return nil
	})
	if err := r.Run(context.Background(), again); err != nil || inner != source.ErrRunning {
		t.Errorf("outer %v, inner %v", err, inner)
	}
	if err := r.Run(context.Background(), new(collector)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestReplayConfigErrors(t *testing.T) {
	path := timed(t, 0)
	for field, cfg := range map[string]source.ReplayConfig{
		"Path":       {},
		"Speed":      {Path: path, Speed: -1},
		"ChunkBytes": {Path: path, ChunkBytes: -1},
	} {
		_, err := source.NewReplay(cfg)
		var e *source.ConfigError
		if !errors.As(err, &e) || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// A new name on every line is more names than are kept; every message still goes to its own.
func TestReplayManyChannels(t *testing.T) {
	const n = 1<<16 + 10
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "1 {\"stream\":\"c%d\",\"data\":%d}\n", i, i)
	}
	got, _, err := play(t, write(t, "many", []byte(b.String())))
	if err != nil || len(got) != n {
		t.Fatalf("%d messages, %v", len(got), err)
	}
	for i, m := range got {
		if m.channel != "c"+m.data || m.data != fmt.Sprint(i) {
			t.Fatalf("message %d: %+v", i, m)
		}
	}
}

// An order book got by REST goes to the depth stream before it, once the option says so; and a stream that begins anew has a gap.
func TestReplaySnapshots(t *testing.T) {
	const (
		state = `{"lastUpdateId":7,"bids":[],"asks":[]}`
		text  = "1 " + state + "\n" + // for nobody yet
			`2 {"stream":"a@trade","data":1}` + "\n" +
			`3 {"stream":"a@depth@100ms","data":2}` + "\n" +
			"4 " + state + "\n" +
			`5 {"stream":"a@trade","data":3}` + "\n"
	)
	path := filepath.Join(t.TempDir(), "recording")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		snapshots bool
		want      []message
	}{
		{false, []message{
			{channel: "a@trade", data: "1", ts: 2}, {channel: "a@depth@100ms", data: "2", ts: 3}, {channel: "a@trade", data: "3", ts: 5},
			{channel: "a@trade", data: "1", ts: 2, gap: true}, {channel: "a@depth@100ms", data: "2", ts: 3, gap: true}, {channel: "a@trade", data: "3", ts: 5},
		}},
		{true, []message{
			{channel: "a@trade", data: "1", ts: 2}, {channel: "a@depth@100ms", data: "2", ts: 3},
			{channel: "a@depth@100ms", data: state, ts: 4, snapshot: true}, {channel: "a@trade", data: "3", ts: 5},
			{channel: "a@trade", data: "1", ts: 2, gap: true},
			{channel: "a@depth@100ms", data: "2", ts: 3, gap: true}, {channel: "a@depth@100ms", data: state, ts: 4, snapshot: true},
		}},
	} {
		r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: source.Max, Loop: true, Snapshots: c.snapshots})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		sink := &collector{limit: len(c.want), stop: cancel}
		if err := r.Run(ctx, sink); err != context.Canceled {
			t.Fatal(err)
		}
		if !slices.Equal(sink.messages, c.want) {
			t.Errorf("snapshots %v:\ngot  %+v\nwant %+v", c.snapshots, sink.messages, c.want)
		}
	}
}

package source_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/source"
)

// expectation reads the recording again, by other means than the package's: the standard library's gzip,
// bufio.Reader and encoding/json, whose RawMessage keeps a value's bytes.
type expectation struct {
	t    *testing.T
	file *os.File
	in   *bufio.Reader
	rest int // lines without a stream
}

func expect(t *testing.T, path string) *expectation {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	return &expectation{t: t, file: f, in: bufio.NewReader(gz)}
}

func (e *expectation) next() (m message, ok bool) {
	e.t.Helper()
	for {
		line, err := e.in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			return m, false
		}
		if err != nil {
			e.t.Fatal(err)
		}
		ns, text, _ := bytes.Cut(line, []byte(" "))
		var envelope struct {
			Stream string          `json:"stream"`
			Data   json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(text, &envelope); err != nil {
			e.t.Fatal(err)
		}
		if envelope.Stream == "" {
			e.rest++
			continue
		}
		m.channel, m.data = envelope.Stream, string(envelope.Data)
		if m.ts, err = strconv.ParseInt(string(ns), 10, 64); err != nil {
			e.t.Fatal(err)
		}
		return m, true
	}
}

// The whole recording, in order, byte for byte, at Max and as recorded.
func TestRecording(t *testing.T) {
	path := recordingPath(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, speed := range []source.Speed{source.Max, 1} {
		t.Run(speed.String(), func(t *testing.T) {
			clock := newFakeClock()
			r, err := source.NewReplay(source.ReplayConfig{Path: path, Speed: speed, Clock: clock})
			if err != nil {
				t.Fatal(err)
			}
			want := expect(t, path)
			counts := map[string]int{}
			n, size, first := 0, 0, int64(0)
			err = r.Run(context.Background(), source.SinkFunc(func(_ context.Context, e source.Event) error {
				channel, data, ts := e.Channel, e.Data, e.TS
				m, ok := want.next()
				if got := (message{channel: channel, data: string(data), ts: ts}); !ok || got != m {
					t.Fatalf("message %d:\ngot  %+v\nwant %+v", n, got, m)
				}
				if n == 0 {
					first = ts
				}
				at, due := clock.Now().Sub(epoch), time.Duration(ts-first)
				if speed == 1 && (at < due || at >= due+time.Millisecond) {
					t.Fatalf("message %d came at %v, due at %v", n, at, due)
				}
				n++
				size += len(data)
				counts[channel]++
				return nil
			}))
			if err != nil {
				t.Fatal(err)
			}
			if _, more := want.next(); more || n != 41_248 || want.rest != 1 {
				t.Errorf("%d messages, more: %v, lines without a stream: %d", n, more, want.rest)
			}
			channels := map[string]int{"btcusdt@trade": 9_757, "btcusdt@bookTicker": 28_040, "btcusdt@depth@100ms": 3_451}
			if !maps.Equal(counts, channels) {
				t.Errorf("counts %v, want %v", counts, channels)
			}
			p := r.Progress()
			if p.Messages != 41_248 || p.Bytes != uint64(size) || p.Skipped != 1 || p.Passes != 1 ||
				p.Position != info.Size() || p.Size != info.Size() || p.Percent() != 100 ||
				p.Recorded.Truncate(time.Second) != 346*time.Second {
				t.Errorf("progress %+v", p)
			}
			t.Logf("%d wakes, %d data bytes", len(clock.sleeps), size)
		})
	}
}

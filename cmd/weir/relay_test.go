package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/hub/feed/client"
)

const recordingPath = "../../../shared/data/binance_spot_btcusdt_20240808.gz"

// recorded returns the data of every channel of the recording.
func recorded(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open(recordingPath)
	if os.IsNotExist(err) && os.Getenv("CI") != "true" {
		t.Skipf("no recording at %s", recordingPath)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	lines := bufio.NewScanner(gz)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var m struct {
			Stream string
			Data   json.RawMessage
		}
		_, text, _ := strings.Cut(lines.Text(), " ")
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			t.Fatal(err)
		}
		if m.Stream != "" {
			all[m.Stream] = append(all[m.Stream], string(m.Data))
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// reader is a client of the relay that keeps what it is told about each channel.
type reader struct {
	c    *client.Client
	subs map[string]*client.Subscription

	mu   sync.Mutex
	data map[string][]string // messages; "gap" where one was declared
	last map[string]string
	odd  []string // what must not come
}

func read(t *testing.T, url string, channels []string) *reader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, url, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	r := &reader{c: c, subs: map[string]*client.Subscription{}, data: map[string][]string{}, last: map[string]string{}}
	for _, name := range channels {
		if r.subs[name], err = c.Subscribe(name, client.SubscribeOptions{}, r.handle); err != nil {
			t.Fatal(err)
		}
	}
	r.until(t, "subscriptions", func() bool {
		for name, s := range r.subs {
			if _, ok := s.Positions()[name]; !ok {
				return false
			}
		}
		return true
	})
	return r
}

func (r *reader) handle(e client.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e := e.(type) {
	case *client.Message:
		if !e.Snapshot {
			r.data[e.Channel] = append(r.data[e.Channel], string(e.Data))
			r.last[e.Channel] = string(e.Data)
		}
	case *client.Gap:
		if e.Cause == client.Source {
			r.data[e.Channel] = append(r.data[e.Channel], "gap")
			return
		}
		r.odd = append(r.odd, fmt.Sprintf("%+v", e))
	case *client.Dropped, *client.Ended:
		r.odd = append(r.odd, fmt.Sprintf("%+v", e))
	}
}

func (r *reader) count(channel string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.data[channel])
}

func (r *reader) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.mu.Lock()
			defer r.mu.Unlock()
			for name, d := range r.data {
				t.Logf("%s: %d messages", name, len(d))
			}
			t.Fatalf("never: %s", what)
		}
	}
}

// hasAll waits for the last message of every channel, and closes the accounts.
func (r *reader) hasAll(t *testing.T, want map[string][]string) {
	t.Helper()
	for name, all := range want {
		r.until(t, "the end of "+name, func() bool {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.last[name] == all[len(all)-1]
		})
	}
	_ = r.c.Close()
	for name, s := range r.subs {
		a, at := s.Account(), s.Positions()[name]
		if sum := a.Messages + a.Superseded; sum != at.Seq || a.Faults+a.Dropped+a.Missing+a.Repeated > 0 {
			t.Errorf("%s: the account of %d numbers is %+v", name, at.Seq, a)
		}
	}
	if len(r.odd) > 0 {
		t.Errorf("readers are told %q", r.odd)
	}
}

// One weir replays the recorded day, another relays it. The first is killed in the middle and begins anew: readers of the second have complete
// accounts, and are told of the gap.
func TestRelay(t *testing.T) {
	want := recorded(t)
	for _, c := range []struct{ name, path, settings string }{
		{"weir", "/feed", " channels=btcusdt@trade channels=btcusdt@bookTicker channels=btcusdt@depth@100ms"},
		{"raw, by Binance's combined streams", "/stream?streams=btcusdt@trade/btcusdt@bookTicker/btcusdt@depth@100ms", " raw channel={stream} data=data key=data.s time=data.E"},
	} {
		t.Run(c.name, func(t *testing.T) { testRelay(t, want, c.path, c.settings) })
	}
}

func testRelay(t *testing.T, want map[string][]string, path, settings string) {
	channels := []string{"btcusdt@bookTicker", "btcusdt@depth@100ms", "btcusdt@trade"}
	// Where the upstream will be. The market says nothing about the channels that are asked for here.
	place := startWeir(t, nil, "--symbols", "0", "--publish-to", "nothing", "--publish-open")
	address := strings.TrimSuffix(strings.TrimPrefix(place.url, "ws://"), "/feed")
	if err := place.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-place.ended

	relay := startWeir(t, nil, "--upstream", "ws://"+address+path+settings+" backoff-max=50ms", "--publish-to", "btcusdt@*", "--publish-open")
	readers := []*reader{read(t, relay.url, channels), read(t, relay.url, channels)}
	replay := []string{"--listen", address, "--replay", recordingPath, "--speed", "max", "--min-subscribers", "1", "--skip-snapshots"}
	first := startWeir(t, nil, append(slices.Clone(replay), "--speed", "100")...) // the last one counts: it takes some seconds
	readers[0].until(t, "something has come of all", func() bool {
		return readers[0].count("btcusdt@trade") > 100 && readers[0].count("btcusdt@bookTicker") > 0 && readers[0].count("btcusdt@depth@100ms") > 0
	})
	if err := first.cmd.Process.Kill(); err != nil { // SIGKILL: no close frame, nothing is flushed
		t.Fatal(err)
	}
	<-first.ended
	startWeir(t, nil, replay...)
	for _, r := range readers {
		r.hasAll(t, want)
		for _, name := range channels {
			got := r.data[name]
			at := slices.Index(got, "gap")
			if at < 0 || slices.Contains(got[at+1:], "gap") {
				t.Fatalf("%s: the gap is not declared once", name)
			}
			if name == "btcusdt@bookTicker" { // it conflates: values may be left out
				continue
			}
			if at > len(want[name]) || !slices.Equal(got[:at], want[name][:at]) {
				t.Errorf("%s: the %d messages before the gap are not those of the recording", name, at)
			}
			if !slices.Equal(got[at+1:], want[name]) {
				t.Errorf("%s: the %d messages behind the gap are not the recording", name, len(got)-at-1)
			}
		}
	}
	a, b := readers[0].data["btcusdt@trade"], readers[1].data["btcusdt@trade"]
	if !slices.Equal(a, b) {
		t.Error("two readers of the same channel have got different messages")
	}
}

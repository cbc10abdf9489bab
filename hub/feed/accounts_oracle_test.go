package feed_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weir-ws/weir/hub"
	books "github.com/weir-ws/weir/hub/feed/book"
)

// accountsOptions are the channels of TestAccounts: the presets with bounds so small that a short run meets them, and what no preset has.
func accountsOptions(name string) *hub.ChannelOptions {
	var o hub.ChannelOptions
	switch name {
	case "btc@trade":
		o = hub.Trade()
		o.History = hub.History{Count: 12}
	case "eth@trade":
		o = hub.Trade()
		o.History = hub.History{Count: 1000, Bytes: 160, Age: 2 * time.Second}
	case "all@ticker":
		o = hub.Ticker()
		o.History = hub.History{Count: 8}
	case "few@ticker":
		o = hub.Ticker()
		o.MaxKeys, o.MaxHz = 3, 8
	case "btc@depth":
		o = hub.Book(books.Fold)
		o.History = hub.History{Count: 10}
	case "eth@depth":
		o = hub.Book(nil)
	case "btc@kline":
		o = hub.ChannelOptions{Slow: hub.SlowDrop, Snapshot: hub.SnapshotLast, History: hub.History{Count: 6}}
	default:
		return nil
	}
	o.Retain, o.Heartbeat = 2*time.Second, time.Second
	return &o
}

var accountsChannels = []string{"btc@trade", "eth@trade", "all@ticker", "few@ticker", "btc@depth", "eth@depth", "btc@kline", "plain"}

// entry is one message as it was published, and what a channel of differences stands at behind it; nil: nobody can know.
type entry struct {
	hub.Payload
	at     time.Duration
	levels map[string]string
}

// ledger is the oracle for one channel: everything that was published, in order, a list for each epoch.
type ledger struct {
	name    string
	options *hub.ChannelOptions
	epoch   string
	epochs  map[string][]entry
	levels  map[string]string // the publisher's own book
	update  int               // the last one of its
	swept   bool              // the channel may have been forgotten since its last message
}

func newLedger(name string) *ledger {
	o := accountsOptions(name)
	if o == nil {
		o = new(hub.ChannelOptions)
	}
	return &ledger{name: name, options: o, epochs: map[string][]entry{}, levels: map[string]string{}}
}

func (l *ledger) now() []entry { return l.epochs[l.epoch] }

func (l *ledger) isBook() bool { return strings.HasSuffix(l.name, "@depth") }

// note takes in a message that was published; false: its place is not the next one.
func (l *ledger) note(at hub.Position, p hub.Payload, now time.Duration) bool {
	if at.Epoch != l.epoch {
		if l.epoch != "" && !l.swept || l.epochs[at.Epoch] != nil {
			return false
		}
		l.epoch = at.Epoch
	}
	l.swept = false
	all := l.now()
	m := entry{Payload: p, at: now}
	if l.isBook() && (p.Snapshot || len(all) > 0 && all[len(all)-1].levels != nil && !p.Gap) {
		m.levels = maps.Clone(l.levels)
	}
	l.epochs[at.Epoch] = append(all, m)
	return at.Seq == uint64(len(all)+1)
}

// shown is the state that a newcomer at seq is to be shown, as the numbers of messages; for all modes but SnapshotFold.
func (l *ledger) shown(all []entry) (seqs []uint64) {
	switch l.options.Snapshot {
	case hub.SnapshotLast:
		if len(all) > 0 {
			seqs = append(seqs, uint64(len(all)))
		}
	case hub.SnapshotPerKey:
		met := map[string]bool{}
		for i := len(all) - 1; i >= 0 && (l.options.MaxKeys == 0 || len(met) < l.options.MaxKeys); i-- {
			if !met[all[i].Key] {
				met[all[i].Key] = true
				seqs = append(seqs, uint64(i+1))
			}
			if all[i].Snapshot {
				break
			}
		}
		slices.Reverse(seqs)
	}
	return seqs
}

// A verdict is whether a client can be recovered.
type verdict uint8

const (
	either verdict = iota
	mustRecover
	mustNot
)

// recovers says whether everything after since is still kept.
func (l *ledger) recovers(since hub.Position, now time.Duration) verdict {
	all := l.now()
	switch {
	case since.Epoch != l.epoch || since.Seq > uint64(len(all)):
		return mustNot
	case l.swept:
		return either
	case since.Seq == uint64(len(all)):
		return mustRecover
	}
	missed := all[since.Seq:]
	bytes, old := 0, false
	for _, m := range missed {
		bytes += len(m.Data)
		old = old || l.options.History.Age > 0 && m.at < now-l.options.History.Age
	}
	most := l.options.History.Bytes
	if most == 0 {
		most = 1 << 20
	}
	switch {
	case len(missed) > l.options.History.Count || bytes > most:
		return mustNot
	case old:
		return either
	}
	return mustRecover
}

// levelsOf reads a state or a difference of the test's books into levels, by side and price.
func levelsOf(data []byte, into map[string]string) error {
	var m struct {
		Bids, Asks [][2]string
		B          [][2]string `json:"b"`
		A          [][2]string `json:"a"`
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	for side, levels := range map[string][][2]string{"b": append(m.Bids, m.B...), "a": append(m.Asks, m.A...)} {
		for _, x := range levels {
			if into[side+x[0]] = x[1]; x[1] == "0" {
				delete(into, side+x[0])
			}
		}
	}
	return nil
}

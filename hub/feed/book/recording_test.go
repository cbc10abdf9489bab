package book_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"os"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed/book"
)

const recording = "../../../../shared/data/binance_spot_btcusdt_20240808.gz"

// recorded is what the recording says of the book.
type recorded struct {
	book    [][]byte // differences, and among them a snapshot got by REST
	tickers []ticker
}

// ticker is the best levels as the exchange told them.
type ticker struct {
	update                     int64
	bid, bidSize, ask, askSize string
}

func readRecording(t testing.TB) (r recorded) {
	t.Helper()
	f, err := os.Open(recording)
	if os.IsNotExist(err) {
		t.Skipf("%s is not here", recording)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(z)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		_, text, _ := bytes.Cut(in.Bytes(), []byte(" "))
		d := gjson.GetBytes(text, "data")
		switch gjson.GetBytes(text, "stream").Str {
		case "":
			r.book = append(r.book, bytes.Clone(text))
		case "btcusdt@depth@100ms":
			r.book = append(r.book, []byte(d.Raw))
		case "btcusdt@bookTicker":
			r.tickers = append(r.tickers, ticker{
				d.Get("u").Int(), d.Get("b").Str, d.Get("B").Str, d.Get("a").Str, d.Get("A").Str,
			})
		}
	}
	if err := in.Err(); err != nil {
		t.Fatal(err)
	}
	return r
}

// take gives b a line of the recording.
func take(t testing.TB, b *book.Book, data []byte) {
	t.Helper()
	use := b.Update
	if gjson.GetBytes(data, "lastUpdateId").Exists() {
		use = b.Restore
	}
	if err := use(data); err != nil {
		t.Fatal(err)
	}
}

// The exchange itself is the oracle: its book tickers tell the best bid and ask after each update that changed them, so whenever the book
// stands at update u, its best levels are those of the last ticker up to u.
func TestRecordedBook(t *testing.T) {
	r := readRecording(t)
	b, compared, at := book.New(), 0, 0
	var text []byte
	for _, d := range r.book {
		take(t, b, d)
		var ok bool
		if text, ok = b.Snapshot(text[:0]); !ok {
			continue
		}
		update := gjson.GetBytes(text, "lastUpdateId").Int()
		for at+1 < len(r.tickers) && r.tickers[at+1].update <= update {
			at++
		}
		want := r.tickers[at]
		if want.update > update {
			continue
		}
		bid, ask := gjson.GetBytes(text, "bids.0").Array(), gjson.GetBytes(text, "asks.0").Array()
		if got := (ticker{want.update, bid[0].Str, bid[1].Str, ask[0].Str, ask[1].Str}); got != want {
			t.Fatalf("at update %d the best levels are %+v, by the exchange %+v", update, got, want)
		}
		compared++
	}
	if compared < 3000 {
		t.Errorf("only %d states were compared", compared)
	}
	bids, asks := b.Levels()
	t.Logf("%d states equal the exchange's; %d bids and %d asks at the end", compared, bids, asks)
}

// BenchmarkUpdate is what a publisher pays for each difference of a real book.
func BenchmarkUpdate(b *testing.B) {
	r := readRecording(b)
	var bk *book.Book
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i %= len(r.book); i == 0 {
			bk = book.New()
		}
		take(b, bk, r.book[i])
	}
}

// BenchmarkSnapshot is what it costs to write the whole state, which nobody pays on a loop.
func BenchmarkSnapshot(b *testing.B) {
	r := readRecording(b)
	bk := book.New()
	for _, d := range r.book {
		take(b, bk, d)
	}
	var text []byte
	b.ReportAllocs()
	for b.Loop() {
		text, _ = bk.Snapshot(text[:0])
	}
	b.ReportMetric(float64(len(text)), "bytes")
}

// BenchmarkPublish is a publish of each difference to a channel that keeps the book: numbering, history, the fold, and the state that is written
// anew every now and then. A client that publishes pays it on its loop.
func BenchmarkPublish(b *testing.B) {
	r := readRecording(b)
	var ps []hub.Payload
	for _, d := range r.book {
		ps = append(ps, hub.Payload{Data: d, Snapshot: gjson.GetBytes(d, "lastUpdateId").Exists()})
	}
	o := hub.Book(book.Fold)
	var h *hub.Hub
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i %= len(ps); i == 0 {
			var err error
			if h, err = hub.New(hub.Config{Options: func(string) *hub.ChannelOptions { return &o }}); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := h.Publish(b.Context(), "depth", ps[i]); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	if err := h.Close(); err != nil {
		b.Error(err)
	}
}

package feed_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"strconv"
	"sync"
	"testing"

	"github.com/tidwall/gjson"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

const recordingPath = "../../../shared/data/binance_spot_btcusdt_20240808.gz"

var readRecording = sync.OnceValues(func() ([]byte, error) {
	f, err := os.Open(recordingPath)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
})

// recorded returns the messages of the recorded market, as they are published: without their frames, which the caller makes.
func recorded(t testing.TB) (all []*hub.Message) {
	t.Helper()
	text, err := readRecording()
	if os.IsNotExist(err) {
		t.Skipf("%s is not here", recordingPath)
	}
	if err != nil {
		t.Fatal(err)
	}
	seq := map[string]uint64{}
	for line := range bytes.Lines(text) {
		at, event, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		channel, data := gjson.GetBytes(event, "stream").Str, gjson.GetBytes(event, "data").Raw
		if channel == "" {
			channel, data = "btcusdt@depth@100ms", string(event) // the book by REST
		}
		ts, err := strconv.ParseInt(string(at), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seq[channel]++
		all = append(all, &hub.Message{Channel: channel, Position: hub.Position{Epoch: "N3WCKZ5J2Q.1", Seq: seq[channel]}, Op: frame.OpText, Data: []byte(data),
			Time: ts, Options: new(hub.ChannelOptions), Recv: ts + 50_000, Snapshot: gjson.Get(data, "lastUpdateId").Exists()})
	}
	if len(all) < 10_000 {
		t.Fatalf("only %d messages in %s", len(all), recordingPath)
	}
	return all
}

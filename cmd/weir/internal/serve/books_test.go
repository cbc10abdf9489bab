package serve

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/weir-ws/weir/hub/feed/source"
)

// A state goes out as of its place in the stream: 8 is in it, 9 to 11 came before it and are not. One that does not go with the differences
// is left out, and they go on.
func TestBooks(t *testing.T) {
	var got []string
	var log bytes.Buffer
	b := newBooks(source.SinkFunc(func(_ context.Context, e source.Event) error {
		got = append(got, fmt.Sprint(e.Snapshot, " ", string(e.Data)))
		return nil
	}), slog.New(slog.NewTextHandler(&log, nil)))
	say := func(e source.Event) {
		t.Helper()
		e.Channel = "a@depth"
		if err := b.Publish(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	diff := func(first, last int, price string) []byte {
		return fmt.Appendf(nil, `{"U":%d,"u":%d,"b":[["%s","1"]],"a":[]}`, first, last, price)
	}
	say(source.Event{Data: diff(7, 8, "5")})
	say(source.Event{Data: diff(9, 11, "6")})
	say(source.Event{Data: []byte(`{"lastUpdateId":8,"bids":[["5","1"]],"asks":[]}`), Snapshot: true})
	say(source.Event{Data: diff(12, 12, "4")})
	say(source.Event{Data: diff(20, 20, "3"), Gap: true})
	say(source.Event{Data: []byte(`{"lastUpdateId":8,"bids":[],"asks":[]}`), Snapshot: true})
	say(source.Event{Data: diff(21, 21, "2")})
	want := []string{
		"false " + string(diff(7, 8, "5")), "false " + string(diff(9, 11, "6")),
		`true {"lastUpdateId":11,"bids":[["6","1"],["5","1"]],"asks":[]}`,
		"false " + string(diff(12, 12, "4")), "false " + string(diff(20, 20, "3")), "false " + string(diff(21, 21, "2")),
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if n := strings.Count(log.String(), "is left out"); n != 1 {
		t.Errorf("%d warnings", n)
	}
}

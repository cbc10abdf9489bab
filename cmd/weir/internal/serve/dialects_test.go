package serve

import (
	"reflect"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// What the feed wants to be told of, it is told of here too.
func TestDialectsPassOnWhatTheFeedNeeds(t *testing.T) {
	h, err := hub.New(hub.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	f, err := feed.New(h, feed.Config{})
	if err != nil {
		t.Fatal(err)
	}
	own, ours := reflect.ValueOf(f.Handler()), reflect.ValueOf((&dialects{feed: f}).handler())
	for i := range own.NumField() {
		if !own.Field(i).IsNil() && ours.Field(i).IsNil() {
			t.Errorf("nobody passes %s on", own.Type().Field(i).Name)
		}
	}
}

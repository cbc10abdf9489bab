package binance_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub/binance"
)

// Who has a time is closed when it is over, the others stay, and who has left in time is forgotten.
func TestExpires(t *testing.T) {
	now := time.Unix(1000, 0)
	r := start(t, binance.Config{
		Authenticate: func(q *http.Request) (any, error) { return q.URL.Query().Get("user"), nil },
		Now:          func() time.Time { return now },
		Expires: func(user any) time.Time {
			if user == "short" {
				return time.Unix(1010, 0)
			}
			return time.Time{}
		},
	})
	short, gone, long := r.dial("/ws/a?user=short"), r.dial("/ws/a?user=short"), r.dial("/ws/a?user=long")
	gone.Reset()
	r.Advance(2 * time.Second)
	now = now.Add(9 * time.Second)
	r.Advance(2 * time.Second)
	r.publish("a", "1")
	r.expect(short, "1")
	r.expect(long, "1")
	now = now.Add(time.Second)
	r.Advance(2 * time.Second)
	r.Settle()
	f := short.Frames()
	if len(f) != 1 || f[0].Op != frame.OpClose {
		t.Fatalf("%v", f)
	}
	if code, _, err := frame.ParseClose(f[0].Payload); err != nil || code != frame.StatusUnauthorized {
		t.Errorf("closed with %v, %v", code, err)
	}
	r.publish("a", "2")
	r.expect(long, "2")
}

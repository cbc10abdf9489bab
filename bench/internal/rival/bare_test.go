package rival_test

import (
	"bytes"
	"testing"

	"github.com/weir-ws/weir/bench/internal/rival"
	"github.com/weir-ws/weir/frame"
)

// Bare keeps what a reader has not taken: one that reads on gets all of it, in order, whatever the number of loops.
func TestBareCatchesUp(t *testing.T) {
	servers, missing, err := rival.Prepare(t.Context(), []string{"bare"}, nil)
	if err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	p, err := servers[0].Start(t.Context(), "-threads", "3")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Stop() })
	var stalled, healthy []*client
	for range 9 {
		stalled = append(stalled, subscribe(t, p.Addr, "/sub"))
		healthy = append(healthy, subscribe(t, p.Addr, "/sub"))
	}
	publisher := dial(t, p.Addr, "/pub")
	payload := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 60_000) }
	for i := range 250 {
		publisher.send(frame.OpBinary, payload(i))
		for _, h := range healthy {
			h.expect(frame.OpBinary, payload(i))
		}
	}
	for i := range 250 {
		for _, s := range stalled {
			s.expect(frame.OpBinary, payload(i))
		}
	}
	publisher.send(frame.OpText, []byte("level"))
	for _, c := range append(stalled, healthy...) {
		c.expect(frame.OpText, []byte("level"))
	}
}

package hub_test

import (
	"testing"

	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newHub(t testing.TB, cfg hub.Config) *hub.Hub {
	t.Helper()
	h, err := hub.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func text(s string) hub.Payload { return hub.Payload{Op: frame.OpText, Data: []byte(s)} }

func mustPublish(t testing.TB, h *hub.Hub, channel, data string) hub.Position {
	t.Helper()
	pos, err := h.Publish(t.Context(), channel, text(data))
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

func mustJoin(t testing.TB, h *hub.Hub, l hub.Loop, m hub.Member, channels ...string) {
	t.Helper()
	for _, c := range channels {
		if err := h.Join(l, m, c, hub.JoinOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

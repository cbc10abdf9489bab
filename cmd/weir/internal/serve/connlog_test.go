package serve

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
)

func TestConnectionsAreLoggedAtDebug(t *testing.T) {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
		var b bytes.Buffer
		opened, closed := 0, 0
		h := logged(engine.Handler{
			Open:  func(*engine.Conn) { opened++ },
			Close: func(*engine.Conn, error) { closed++ },
		}, slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: level})))
		s := enginetest.New(t, engine.Config{}, h)
		polite, abrupt := s.Dial(), s.Dial()
		for _, c := range []*enginetest.Client{polite, abrupt} {
			c.Handshake("/?token=secret")
		}
		polite.Send(frame.OpClose, frame.AppendClose(nil, 4000, "line\nbreak"))
		polite.CloseWrite()
		abrupt.Reset()
		if opened != 2 || closed != 2 {
			t.Errorf("the handler's own Open ran %d times, its Close %d times", opened, closed)
		}
		text := b.String()
		if level == slog.LevelInfo {
			if text != "" {
				t.Errorf("at info it says\n%s", text)
			}
			continue
		}
		for _, want := range []string{
			`msg="connection opened" peer=192.0.2.1:0 loop=0`,
			`msg="connection closed" peer=192.0.2.1:0 code=4000 reason="line\nbreak" by_peer=true`,
			`msg="connection closed" peer=192.0.2.1:1 code=1006 reason="" by_peer=false err="socket: connection reset by peer"`,
		} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
		if strings.Contains(text, "secret") {
			t.Errorf("a token is in the log:\n%s", text)
		}
	}
	if h := logged(engine.Handler{}, slog.New(slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelDebug}))); h.Open == nil || h.Close == nil {
		t.Error("a handler without Open and Close is not logged")
	}
}

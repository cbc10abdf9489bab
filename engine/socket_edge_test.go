//go:build unix

package engine_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine/internal/edgecases"
	"github.com/weir-ws/weir/frame"
)

// TestSocketEdgeCases plays every case of the table over a real socket: the client sends all it has at once and
// must get exactly the answer of the table, to the byte, and then the server's FIN, not a reset.
func TestSocketEdgeCases(t *testing.T) {
	seen := map[string]bool{}
	for _, tc := range edgecases.All() {
		seen[tc.Row] = true
		t.Run(tc.Row+"/"+tc.Name, func(t *testing.T) {
			t.Parallel()
			playEdgeCase(t, &tc)
		})
	}
	for _, row := range edgecases.Rows() {
		if !seen[row] {
			t.Errorf("the table has no case for %q", row)
		}
	}
}

func playEdgeCase(t *testing.T, tc *edgecases.Case) {
	cfg, h := quickly(), edgecases.Echo()
	cfg.Loops = 1
	if tc.Config != nil {
		tc.Config(&cfg)
	}
	if tc.Handler != nil {
		h = tc.Handler()
	}
	s := serve(t, cfg, h)
	for i := range tc.Before {
		connect(t, s.addr)
		eventually(t, "the connections before are in", func() bool { return s.Stats().Conns == int64(i+1) })
	}
	c := connect(t, s.addr)
	go func() { _, _ = c.Write(tc.Input) }() // a refusal may come before all is sent

	method, _, _ := bytes.Cut(tc.Input, []byte(" "))
	resp := c.response(string(method))
	if resp.StatusCode != tc.Status {
		t.Fatalf("answered with %s, want %d", resp.Status, tc.Status)
	}
	checkHeader(t, resp.Header, tc.Header)
	if tc.Status != http.StatusSwitchingProtocols {
		body, err := io.ReadAll(resp.Body)
		if err != nil || tc.Body != "" && string(body) != tc.Body {
			t.Errorf("body %q (%v), want %q", body, err, tc.Body)
		}
		if !resp.Close {
			t.Error("no Connection: close")
		}
		c.expectEOF()
		return
	}
	checkFrames(t, c, tc)
}

func checkHeader(t *testing.T, got, want http.Header) {
	t.Helper()
	for k, vs := range want {
		if len(vs) == 1 && vs[0] == edgecases.Any {
			if got.Get(k) == "" {
				t.Errorf("header %s is missing", k)
			}
			continue
		}
		if len(got[k]) != len(vs) {
			t.Errorf("header %s is %q, want %q", k, got[k], vs)
			continue
		}
		for i := range vs {
			if got[k][i] != vs[i] {
				t.Errorf("header %s is %q, want %q", k, got[k], vs)
			}
		}
	}
}

func checkFrames(t *testing.T, c *rawClient, tc *edgecases.Case) {
	t.Helper()
	for i := 0; ; i++ {
		if tc.Code == 0 && i == len(tc.Frames) && !tc.AnyFrames {
			break
		}
		op, p, err := c.next()
		if err != nil {
			t.Fatalf("waiting for frame %d: %v", i, err)
		}
		if op == frame.OpClose {
			if !tc.AnyFrames && i != len(tc.Frames) {
				t.Errorf("%d frames before the close frame, want %d", i, len(tc.Frames))
			}
			code := frame.StatusNoStatus
			if len(p) >= 2 {
				code = frame.Status(binary.BigEndian.Uint16(p))
			}
			if code != tc.Code {
				t.Errorf("closed with %d %q, want %d", code, p[min(2, len(p)):], tc.Code)
			}
			_, _ = c.Write(masked(frame.OpClose, p)) // the answer to theirs; theirs may have been the answer
			c.expectEOF()
			return
		}
		if tc.AnyFrames {
			continue
		}
		if i >= len(tc.Frames) {
			t.Fatalf("unexpected %s %.60q", op, p)
		}
		if want := tc.Frames[i]; op != want.Op || !bytes.Equal(p, want.Payload) {
			t.Fatalf("frame %d is %s %.60q, want %s %.60q", i, op, p, want.Op, want.Payload)
		}
	}
	// Still open: a frame is answered, and by nothing else in front of it. A case may have ended inside a
	// message, where control frames are allowed, or inside a frame, where nothing is.
	switch {
	case strings.HasSuffix(tc.Name, "beginning of another"):
	case tc.Row == edgecases.RowFlood: // no ping is left to it
		c.say(frame.OpText, "still there")
		c.expect(frame.OpText, "still there")
	default:
		c.say(frame.OpPing, "still there")
		c.expect(frame.OpPong, "still there")
	}
	_ = c.SetReadDeadline(time.Now())
	if _, err := c.br.ReadByte(); !errors.Is(err, os.ErrDeadlineExceeded) && !errors.Is(err, net.ErrClosed) {
		t.Errorf("reading on: %v, want an open and silent connection", err)
	}
}

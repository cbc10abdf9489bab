package exam_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/engine/exam"
)

// coderEcho is an echo server on github.com/coder/websocket, which leaves it
// to its caller to look at the text.
func coderEcho(o *websocket.AcceptOptions) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, o)
		if err != nil {
			return // Accept has answered
		}
		defer func() { _ = c.CloseNow() }()
		c.SetReadLimit(-1)
		for {
			op, p, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if op == websocket.MessageText && !utf8.Valid(p) {
				_ = c.Close(websocket.StatusInvalidFramePayloadData, "not UTF-8")
				return
			}
			if err := c.Write(r.Context(), op, p); err != nil {
				return
			}
		}
	}
}

// TestCoderAgrees puts the exam to a server written by others: they read the
// RFC the same way, but for two rules that coder/websocket v1.8.15 does not
// enforce. (Where it closes TCP without a Close frame, or by a reset, it is not
// strict; that depends on timing and is not pinned here.)
func TestCoderAgrees(t *testing.T) {
	lenient := []string{"framing/non-minimal/", "close/invalid-reason/"}
	isLenient := func(c exam.Case) bool {
		for _, prefix := range lenient {
			if strings.HasPrefix(c.String(), prefix) {
				return true
			}
		}
		return false
	}
	srv := httptest.NewServer(coderEcho(nil))
	defer srv.Close()
	target := exam.Target{URL: strings.Replace(srv.URL, "http", "ws", 1)}
	o := exam.Options{MaxMessage: 256 << 10, Patience: 20 * time.Millisecond} // it does not fail fast
	var agreed, asked []exam.Case
	for _, c := range exam.Cases(o) {
		if !isLenient(c) {
			agreed = append(agreed, c)
		} else if strings.HasSuffix(c.Name, "/text") || strings.HasSuffix(c.Name, "-alone") {
			asked = append(asked, c)
		}
	}
	report, err := exam.Run(t.Context(), target, agreed, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(report)
	for _, res := range report.Bad() {
		if res.Verdict == exam.Failed {
			t.Error(res)
		}
	}
	report, err = exam.Run(t.Context(), target, asked, o)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, _ := report.Tally(""); ok != 0 || len(asked) == 0 {
		t.Errorf("%d of the %d cases that coder/websocket is lenient about are OK: has it become strict?", ok, len(asked))
	}
}

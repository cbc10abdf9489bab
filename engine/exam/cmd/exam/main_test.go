package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestExitCodes(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			return // Accept has answered
		}
		defer func() { _ = c.CloseNow() }()
		for {
			op, p, err := c.Read(r.Context())
			if err != nil || c.Write(r.Context(), op, p) != nil {
				return
			}
		}
	}))
	defer srv.Close()
	url := strings.Replace(srv.URL, "https", "wss", 1)
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string // in the output
	}{
		{"all is well", []string{"-insecure", "-v", "-run", "^handshake/accept-value/", url}, 0, "handshake/accept-value/zeros"},
		{"an unknown certificate", []string{"-run", "^handshake/accept-value/", url}, 1, "certificate"},
		{"a lenient server", []string{"-insecure", "-run", "^framing/non-minimal/16-bit-form-of-1/text$", url}, 1, "want: a Close frame with status 1002"},
		{"a list", []string{"-list", "-sections", "opcode"}, 0, "opcode/3/empty\n"},
		{"help", []string{"-h"}, 0, "usage: exam"},
		{"no URL", nil, 2, "usage: exam"},
		{"no such flag", []string{"-fast"}, 2, "-fast"},
		{"no regular expression", []string{"-run", "(", url}, 2, "-run"},
		{"no such section", []string{"-sections", "nothing", url}, 2, "the sections are framing, ping"},
		{"no WebSocket URL", []string{"ftp://there/"}, 2, "ws://"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), tt.args, &out, &out); code != tt.code || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: exit code %d, want %d; output lacks %q?\n%s", tt.name, code, tt.code, tt.want, out.String())
		}
	}
}

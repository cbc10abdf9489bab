package clients

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// The board, with the two kinds of sockets that browsers have. SHOTS is a folder for screenshots, for people to look at.
func TestBoard(t *testing.T) {
	needChromium(t)
	need(t, "npm package axe-core", exists("node_modules/axe-core"))
	bin := build(t)
	for _, socket := range []string{"stream", "plain"} {
		t.Run(socket, func(t *testing.T) {
			args := []string{"browser_board.mjs", bin, socket}
			if shots := os.Getenv("SHOTS"); shots != "" && socket == "stream" {
				args = append(args, shots)
			}
			runScript(t, []string{"board ok"}, args...)
		})
	}
}

// What of the board needs no page.
func TestBoardParts(t *testing.T) {
	need(t, "node", inPath("node"))
	runScript(t, []string{"# fail 0"}, "--test", "--test-reporter=tap", "board.test.mjs")
}

// A browser gets the page at /, curl a line of text, and both the library.
func TestPageOverHTTP(t *testing.T) {
	url := start(t, build(t), "serve", "--listen", "127.0.0.1:0", "--admin", "off")
	base := "http" + strings.TrimSuffix(strings.TrimPrefix(url, "ws"), "/feed")
	for _, row := range []struct{ path, accept, kind, want string }{
		{"/", "*/*", "text/plain; charset=utf-8", "Weir serves a WebSocket feed at /feed\n"},
		{"/", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8", "<!doctype html>"},
		{"/weir.js", "*/*", "text/javascript; charset=utf-8", "export class Weir "},
		{"/board.js", "*/*", "text/javascript; charset=utf-8", "new Worker('worker.js'"},
	} {
		r, err := http.NewRequest("GET", base+row.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", row.accept)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != 200 || answer.Header.Get("Content-Type") != row.kind || !strings.Contains(string(body), row.want) {
			t.Errorf("%s, Accept: %s: %s, %s: %.60q (%v)", row.path, row.accept, answer.Status, answer.Header.Get("Content-Type"), body, err)
		}
	}
}

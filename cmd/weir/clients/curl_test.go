package clients

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestCurlPublishes feeds the server as a shell script would: one message, a batch from a pipe, and without a token.
func TestCurlPublishes(t *testing.T) {
	need(t, "curl", inPath("curl"))
	feed, token, bad, _ := secured(t)
	url := strings.Replace(strings.TrimSuffix(feed, "/feed"), "ws://", "http://", 1) + "/publish"
	epoch := regexp.MustCompile(`"epoch":"[0-9A-Z]{10}\.[0-9a-z]+"`)
	for _, row := range []struct {
		name, token, body string
		args              []string
		want              string // the answer, and the status on a line of its own
	}{
		{"one message", token, `{"channel":"news/curl","data":{"n": 1}}`, []string{"-H", "Content-Type: application/json"},
			`{"type":"published","channel":"news/curl",E,"seq":1}` + "\n200\n"},
		{"a batch of unknown length", token, `{"channel":"news/curl","data":2}` + "\n" + `{"channel":"elsewhere","data":2}` + "\n" + `{"channel":"news/curl","data":3,"id":"x"}` + "\n",
			[]string{"-H", "Content-Type: application/x-ndjson", "-H", "Transfer-Encoding: chunked"},
			`{"type":"published","channel":"news/curl",E,"seq":2}` + "\n" +
				`{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"elsewhere"}` + "\n" +
				`{"type":"published","channel":"news/curl",E,"seq":3,"id":"x"}` + "\n200\n"},
		{"a batch that curl waits with until it is told to go on", token, strings.Repeat(`{"channel":"elsewhere","data":"`+strings.Repeat("x", 1000)+`"}`+"\n", 2000),
			[]string{"-H", "Content-Type: application/x-ndjson", "-H", "Expect: 100-continue"},
			strings.Repeat(`{"type":"error","code":"forbidden","message":"you may not publish to this channel","channel":"elsewhere"}`+"\n", 2000) + "200\n"},
		{"curl's own type", token, "{}", nil,
			`{"type":"error","code":"bad_request","message":"Content-Type must be application/json for one message, or application/x-ndjson for one a line, in UTF-8"}` + "\n415\n"},
		{"another's token", bad, "{}", []string{"-H", "Content-Type: application/json"},
			`{"type":"error","code":"unauthorized","message":"the token is refused: its signature is wrong"}` + "\n401\n"},
		{"a large body without a right", bad, strings.Repeat(" ", 5<<20), []string{"-H", "Content-Type: application/json", "-H", "Expect: 100-continue"},
			`{"type":"error","code":"unauthorized","message":"the token is refused: its signature is wrong"}` + "\n401\n"},
	} {
		args := append([]string{"-sS", "-m", "120", "-w", "%{http_code}\n", "-H", "Authorization: Bearer " + row.token, "--data-binary", "@-"}, append(row.args, url)...)
		cmd := exec.Command("curl", args...)
		cmd.Stdin = strings.NewReader(row.body)
		out, err := cmd.CombinedOutput()
		if got := epoch.ReplaceAllString(string(out), "E"); err != nil || got != row.want {
			t.Errorf("%s: %v, curl has\n%.500s\nwant\n%.500s", row.name, err, got, row.want)
		}
	}
}

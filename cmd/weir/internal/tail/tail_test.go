package tail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/weir-ws/weir/hub/feed/client"
	"github.com/weir-ws/weir/hub/feed/redial"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server plays a script: one func a connection, in order. After the last one it refuses with 404.
func server(t *testing.T, script ...func(http.ResponseWriter, *http.Request)) Options {
	t.Helper()
	var mu sync.Mutex
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if len(script) == 0 {
			mu.Unlock()
			http.Error(w, "the script is at its end", http.StatusNotFound)
			return
		}
		f := script[0]
		script = script[1:]
		mu.Unlock()
		f(w, r)
	}))
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	u, err := ParseURL(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return Options{URL: u, Channels: []string{"a", "b"}, Backoff: client.Backoff{Base: 1, Cap: 1}}
}

// says accepts, reads the subscribe, writes lines and closes with code, or waits for the client to close if it is 0.
func says(t *testing.T, code websocket.StatusCode, lines ...string) func(http.ResponseWriter, *http.Request) {
	return saysBye(t, code, "bye", lines...)
}

func saysBye(t *testing.T, code websocket.StatusCode, reason string, lines ...string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.CloseNow()
		ids := hearSubscribes(t, c)
		for _, l := range lines {
			for channel, id := range ids { // the answers to them
				if strings.HasPrefix(l, `{"type":"subscribed","channel":"`+channel+`"`) || strings.Contains(l, `"channel":"`+channel+`"}`) {
					l = strings.TrimSuffix(l, "}") + fmt.Sprintf(`,"id":%d}`, id)
				}
			}
			if err := c.Write(r.Context(), websocket.MessageText, []byte(l)); err != nil {
				t.Error(err)
			}
		}
		if code != 0 {
			c.Close(code, reason)
			return
		}
		if _, _, err := c.Read(context.Background()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			t.Errorf("the client ended with %v, want a close frame with 1000", err)
		}
	}
}

// hearSubscribes returns the ids of the requests for a and b.
func hearSubscribes(t *testing.T, c *websocket.Conn) map[string]uint64 {
	ids := map[string]uint64{}
	for len(ids) < 2 {
		_, p, err := c.Read(context.Background())
		var m struct {
			Type, Channel string
			Channels      []string
			ID            uint64
		}
		if err == nil {
			err = json.Unmarshal(p, &m)
		}
		if err != nil || m.Type != "subscribe" {
			t.Errorf("the client said %s, %v", p, err)
			return nil
		}
		for _, name := range append(m.Channels, m.Channel) {
			if name != "" {
				ids[name] = m.ID
			}
		}
	}
	return ids
}

func answers(status int, header string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		if k, v, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(k, v)
		}
		http.Error(w, "because", status)
	}
}

func msg(channel string, seq int) string {
	return fmt.Sprintf(`{"type":"message","channel":"%s","seq":%d,"ts":17,"data":{"n": %d}}`, channel, seq, seq)
}

func subscribed(channel, epoch string, seq int) string {
	return fmt.Sprintf(`{"type":"subscribed","channel":"%s","epoch":"%s","seq":%d}`, channel, epoch, seq)
}

// play runs o until it ends, and returns what it wrote.
func play(t *testing.T, o Options) (out, notes string, err error) {
	t.Helper()
	var a, b bytes.Buffer
	o.Out, o.Err = &a, &b
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = Run(ctx, o)
	if ctx.Err() != nil {
		t.Errorf("not done within a minute")
	}
	return a.String(), strings.ReplaceAll(b.String(), redial.Shown(o.URL), "URL"), err
}

func TestPrintsMessages(t *testing.T) {
	o := server(t, says(t, 0, subscribed("a", "e", 4), msg("a", 5), subscribed("b", "e", 0), msg("b", 1), msg("a", 8)))
	o.Count = 3
	out, notes, err := play(t, o)
	if err != nil {
		t.Error(err)
	}
	if want := "a 5 17 {\"n\": 5}\nb 1 17 {\"n\": 1}\na 8 17 {\"n\": 8}\n"; out != want {
		t.Errorf("printed\n%s\nwant\n%s", out, want)
	}
	if want := "gap: a: 2 messages missed (6 to 7)\n"; notes != want {
		t.Errorf("notes\n%s\nwant\n%s", notes, want)
	}
}

func TestJSONIsAsItCame(t *testing.T) {
	o := server(t, says(t, 0, subscribed("a", "e", 4), `{"type":"news", "x": 1}`, msg("a", 5)))
	o.Count, o.JSON = 1, true
	out, _, err := play(t, o)
	if want := subscribed("a", "e", 4) + "\n" + `{"type":"news", "x": 1}` + "\n" + msg("a", 5) + "\n"; err != nil || ids.ReplaceAllString(out, "") != want {
		t.Errorf("%v, printed\n%s\nwant\n%s", err, out, want)
	}
}

var ids = regexp.MustCompile(`,"id":\d+`)

// A lost connection is made again, subscribed again, and what passed meanwhile is said.
func TestReconnects(t *testing.T) {
	o := server(t,
		says(t, websocket.StatusGoingAway, subscribed("a", "e", 0), msg("a", 1)),
		answers(http.StatusServiceUnavailable, ""),
		answers(http.StatusTooManyRequests, ""),
		says(t, websocket.StatusTryAgainLater, subscribed("a", "e", 5)),
		says(t, 0, subscribed("a", "f", 2), msg("a", 3)))
	o.Count = 2
	out, notes, err := play(t, o)
	if err != nil || out != "a 1 17 {\"n\": 1}\na 3 17 {\"n\": 3}\n" {
		t.Errorf("%v, printed\n%s", err, out)
	}
	for _, want := range []string{
		"URL: closed by the server with 1001 (bye); again in ",
		"URL: URL refused with 503 Service Unavailable: because; again in ",
		"URL: URL refused with 429 Too Many Requests: because; again in ",
		"connected again to URL",
		"gap: a: 4 messages missed while away (2 to 5)",
		"URL: closed by the server with 1013 (bye); again in ",
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in the notes\n%s", want, notes)
		}
	}
}

func TestGivesUp(t *testing.T) {
	_, _, err := play(t, server(t))
	var refused *client.RefusedError
	if !errors.As(err, &refused) || refused.Status != 404 || refused.Body != "the script is at its end" {
		t.Errorf("after a 404: %v", err)
	}
	unknown := `{"type":"error","code":"unknown_channel","message":"there is no such channel","channel":"%s"}`
	o := server(t, says(t, 0, fmt.Sprintf(unknown, "a"), fmt.Sprintf(unknown, "b")))
	_, notes, err := play(t, o)
	var channels *ChannelsError
	if !errors.As(err, &channels) || channels.Last != "unknown_channel: there is no such channel (b)" {
		t.Errorf("without a channel: %v", err)
	}
	if notes != "unknown_channel: there is no such channel (a)\n" {
		t.Errorf("notes %q", notes)
	}
	_, _, err = play(t, server(t, says(t, 0, "hello")))
	if err == nil || !strings.Contains(err.Error(), `does not speak the feed protocol: "hello"`) {
		t.Errorf("from another server: %v", err)
	}
}

func TestTimeIsUp(t *testing.T) {
	o := server(t, says(t, 0, subscribed("a", "e", 0)))
	o.For = 50 * time.Millisecond
	if _, _, err := play(t, o); err != nil {
		t.Errorf("connected, and nothing came: %v", err)
	}
	o.URL.Host = "127.0.0.1:1" // nobody listens there
	_, _, err := play(t, o)
	var never *NeverConnectedError
	if !errors.As(err, &never) || !strings.Contains(err.Error(), "refused") {
		t.Errorf("never connected: %v", err)
	}
}

func TestStats(t *testing.T) {
	o := server(t,
		says(t, websocket.StatusGoingAway, subscribed("a", "e", 0), msg("a", 1)),
		says(t, 0, subscribed("a", "e", 3), msg("a", 4)))
	o.Stats, o.Count = true, 2
	out, notes, err := play(t, o)
	if err != nil || !strings.HasPrefix(notes, "latency is from the publisher's time") {
		t.Errorf("%v, notes %s", err, notes)
	}
	for _, want := range []string{"total: 2 messages, ", "latency n/a  gaps 1 (2 messages)\n", "1 reconnect\n", "no latency for 2 messages"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestOutputIsGone(t *testing.T) {
	o := server(t, says(t, 0, subscribed("a", "e", 0), msg("a", 1)))
	o.Out, o.Err = brokenPipe{}, &bytes.Buffer{}
	if err := Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "broken pipe") {
		t.Errorf("error %v", err)
	}
}

// A server that goes down says when to come back, and is not asked before.
func TestHintIsHonoured(t *testing.T) {
	o := server(t,
		saysBye(t, websocket.StatusServiceRestart, "server is restarting; retry-after=300ms", subscribed("a", "e", 0)),
		says(t, 0, subscribed("a", "f", 0), msg("a", 1)))
	o.Count = 1
	began := time.Now()
	_, notes, err := play(t, o)
	if err != nil || time.Since(began) < 300*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(began))
	}
	if want := "URL: closed by the server with 1012 (server is restarting; retry-after=300ms); again in 300ms"; !strings.Contains(notes, want) {
		t.Errorf("no %q in the notes\n%s", want, notes)
	}
}

// Each connection shows the token of its time; one that cannot be had is tried for again.
func TestToken(t *testing.T) {
	var shown []string
	see := func(next func(http.ResponseWriter, *http.Request)) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			shown = append(shown, r.Header.Get("Authorization"))
			next(w, r)
		}
	}
	o := server(t, see(says(t, websocket.StatusCode(3000), subscribed("a", "e", 0))), see(says(t, websocket.StatusGoingAway, subscribed("a", "e", 0), msg("a", 1))), see(says(t, 0, subscribed("a", "e", 1), msg("a", 2))))
	o.Count = 2
	n := 0
	o.Token = func() (string, error) {
		n++
		switch n {
		case 2:
			return "", errors.New("the file is not there")
		case 4:
			return "", nil
		}
		return fmt.Sprint("token", n), nil
	}
	_, notes, err := play(t, o)
	if want := []string{"Bearer token1", "Bearer token3", ""}; err != nil || !slices.Equal(shown, want) {
		t.Errorf("%v, the server saw %q, want %q", err, shown, want)
	}
	if !strings.Contains(notes, "closed by the server with 3000 (bye); again in") || !strings.Contains(notes, "the file is not there; again in") || strings.Contains(notes, "token1") {
		t.Errorf("notes %s", notes)
	}
}

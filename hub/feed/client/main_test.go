package client_test

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/weir-ws/weir/hub/feed/client"
)

// The two goroutines of a pool that gnet's packages make at their init are there from the start and never end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// patience is how long a test waits for what must come. It is no measurement: only a hang fails by it.
const patience = time.Minute

// quick reconnects at once.
var quick = client.Backoff{Base: time.Millisecond, Cap: 10 * time.Millisecond}

// peer is the server's end of a scripted connection.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
	r  *http.Request
}

// script is a server that plays one func for each connection, in order, and refuses what comes after the last one.
func script(t *testing.T, plays ...func(*peer)) string {
	t.Helper()
	var mu sync.Mutex
	var running sync.WaitGroup
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if len(plays) == 0 {
			mu.Unlock()
			http.Error(w, "the script is at its end", http.StatusNotFound)
			return
		}
		play := plays[0]
		plays = plays[1:]
		running.Add(1)
		mu.Unlock()
		defer running.Done()
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"weir.v1"}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow()
		play(&peer{t, ws, r})
	}))
	t.Cleanup(func() { running.Wait(); s.Close() })
	return "ws" + strings.TrimPrefix(s.URL, "http") + "/feed"
}

func (p *peer) hear() string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, b, err := p.ws.Read(ctx)
	if err != nil {
		p.t.Errorf("the client says nothing: %v", err)
	}
	return string(b)
}

// want hears requests, whatever their ids, and answers with what is said; %d in it is the id.
func (p *peer) want(request string, answers ...string) {
	p.t.Helper()
	said := p.hear()
	var id struct{ ID uint64 }
	_ = json.Unmarshal([]byte(said), &id)
	if got := strings.Replace(said, fmt.Sprintf(`,"id":%d`, id.ID), "", 1); got != request {
		p.t.Errorf("the client says %s, want %s", got, request)
	}
	for _, a := range answers {
		p.say(strings.ReplaceAll(a, "%d", fmt.Sprint(id.ID)))
	}
}

func (p *peer) say(lines ...string) {
	for _, l := range lines {
		if err := p.ws.Write(context.Background(), websocket.MessageText, []byte(l)); err != nil {
			p.t.Errorf("say %s: %v", l, err)
		}
	}
}

// stay waits for the client to leave in good order.
func (p *peer) stay() {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, b, err := p.ws.Read(ctx); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
		p.t.Errorf("the client ends with %s %v, want a close frame with 1000", b, err)
	}
}

// dial connects, and closes at the end of the test.
func dial(t *testing.T, url string, o client.Options) *client.Client {
	t.Helper()
	if o.Backoff == (client.Backoff{}) {
		o.Backoff = quick
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, err := client.Dial(ctx, url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// log is a handler that keeps what it gets, as text.
type log struct {
	t     *testing.T
	lines chan string
}

func newLog(t *testing.T) *log { return &log{t, make(chan string, 4096)} }

func (l *log) handle(e client.Event) { l.lines <- describe(e) }

// want compares the next events.
func (l *log) want(lines ...string) {
	l.t.Helper()
	for _, want := range lines {
		select {
		case got := <-l.lines:
			if got != want {
				l.t.Fatalf("event %s\nwant  %s", got, want)
			}
		case <-time.After(patience):
			l.t.Fatalf("no event, want %s", want)
		}
	}
}

// describe is an event on one line.
func describe(e client.Event) string {
	switch e := e.(type) {
	case *client.Subscribed:
		s := fmt.Sprintf("subscribed %s %s/%d", e.Channel, e.Epoch, e.Seq)
		if e.Pattern != "" {
			s += " by " + e.Pattern
		}
		if e.Resumed {
			s += fmt.Sprintf(" recovered=%v", e.Recovered)
		}
		if e.Snapshots > 0 {
			s += fmt.Sprintf(" snapshots=%d", e.Snapshots)
		}
		if e.MaxHz > 0 {
			s += fmt.Sprintf(" maxHz=%v", e.MaxHz)
		}
		return s
	case *client.Snapshot:
		return fmt.Sprintf("snapshot %s %d/%d %d %q %s", e.Channel, e.Index, e.Of, e.Seq, e.Key, e.Data)
	case *client.Message:
		s := fmt.Sprintf("message %s %d-%d %s", e.Channel, e.From, e.Seq, e.Data)
		if e.Snapshot {
			s += " whole"
		}
		return s
	case *client.Dropped:
		return fmt.Sprintf("dropped %s %d-%d", e.Channel, e.From, e.Seq)
	case *client.Gap:
		return fmt.Sprintf("gap %s %v %d-%d", e.Channel, e.Cause, e.From, e.Seq)
	case *client.Heartbeat:
		return fmt.Sprintf("heartbeat %s %d", e.Channel, e.Seq)
	case *client.Configured:
		return fmt.Sprintf("configured %s %v%s", e.Channel, e.MaxHz, e.Code)
	case *client.Ended:
		return fmt.Sprintf("ended %s %s", e.Channel, e.Code)
	}
	return fmt.Sprintf("%T", e)
}

// accept is the answer to a handshake's key. RFC 6455 4.2.2.
func accept(r *http.Request) string {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

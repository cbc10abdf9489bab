package binance_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/binance"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

// relay is a server in memory.
type relay struct {
	*enginetest.Server
	t       *testing.T
	hub     *hub.Hub
	streams *binance.Streams
}

func start(t *testing.T, cfg binance.Config) *relay {
	t.Helper()
	return startHub(t, cfg, nil)
}

// startHub is start with channels that have options.
func startHub(t *testing.T, cfg binance.Config, options func(string) *hub.ChannelOptions) *relay {
	t.Helper()
	h, err := hub.New(hub.Config{Options: options})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	s, err := binance.New(h, cfg)
	if err != nil {
		t.Fatal(err)
	}
	hd := engine.Handler{Upgrade: s.Upgrade, Open: s.Open, Message: s.Message, Close: s.Close, Drain: s.Drain, Tick: s.Tick}
	return &relay{enginetest.New(t, engine.Config{}, hd), t, h, s}
}

func (r *relay) dial(path string) *enginetest.Client {
	r.t.Helper()
	c := r.Dial()
	if a := c.Handshake(path); a.StatusCode != http.StatusSwitchingProtocols {
		r.t.Fatalf("%s: %s", path, a.Status)
	}
	r.Settle()
	return c
}

func (r *relay) publish(stream, data string) {
	r.t.Helper()
	if _, err := r.hub.Publish(r.t.Context(), stream, hub.Payload{Data: []byte(data)}); err != nil {
		r.t.Fatal(err)
	}
}

// expect compares all that has come since the last time.
func (r *relay) expect(c *enginetest.Client, want ...string) {
	r.t.Helper()
	r.Settle()
	var got []string
	for _, f := range c.Frames() {
		if f.Op != frame.OpText {
			r.t.Errorf("a %v frame", f.Op)
		}
		got = append(got, string(f.Payload))
	}
	if g, w := strings.Join(got, "\n"), strings.Join(want, "\n"); g != w {
		r.t.Errorf("got\n%s\nwant\n%s", g, w)
	}
}

func TestURLs(t *testing.T) {
	for path, want := range map[string][]string{
		"/ws":                               nil,
		"/ws/":                              nil,
		"/stream":                           nil,
		"/stream?streams=":                  nil,
		"/ws/a@trade":                       {`{"p":1}`},
		"/ws/a@trade/b@trade":               {`{"p":1}`, `{"p":2}`},
		"/ws/a@trade/a@trade":               {`{"p":1}`},
		"/ws/a%40trade":                     {`{"p":1}`},
		"/stream?streams=a@trade":           {`{"stream":"a@trade","data":{"p":1}}`},
		"/stream?streams=a@trade/b@trade":   {`{"stream":"a@trade","data":{"p":1}}`, `{"stream":"b@trade","data":{"p":2}}`},
		"/stream?streams=a%40trade%2Fnone":  {`{"stream":"a@trade","data":{"p":1}}`},
		"/stream/?streams=b@trade&x=1":      {`{"stream":"b@trade","data":{"p":2}}`},
		"/ws/a@trade?timeUnit=MICROSECOND":  {`{"p":1}`},
		"/stream?streams=/a@trade//b@trade": {`{"stream":"a@trade","data":{"p":1}}`, `{"stream":"b@trade","data":{"p":2}}`},
	} {
		t.Run(path, func(t *testing.T) {
			r := start(t, binance.Config{Known: func(s string) bool { return s != "none" }})
			c := r.dial(path)
			r.publish("a@trade", `{"p":1}`)
			r.publish("b@trade", `{"p":2}`)
			r.publish("none", `{"p":3}`)
			r.expect(c, want...)
		})
	}
}

func TestRefused(t *testing.T) {
	r := start(t, binance.Config{
		Authenticate: func(q *http.Request) (any, error) {
			if q.URL.Query().Has("nobody") {
				return nil, &engine.HTTPError{Status: http.StatusUnauthorized}
			}
			return "ann", nil
		},
		Permit: func(user any, s string) bool { return user == "ann" && s != "secret" },
	})
	var many []string
	for i := range binance.MaxStreams + 1 {
		many = append(many, fmt.Sprint("s", i))
	}
	for path, want := range map[string]int{
		"/feed": 404, "/wsx": 404, "/streams": 404, "/ws/a?nobody": 401, "/ws/secret": 403, "/stream?streams=a/secret": 403,
		"/ws/a%20b": 400, "/stream?streams=" + url.QueryEscape(strings.Join(many, "/")): 400,
	} {
		if a := r.Dial().Handshake(path); a.StatusCode != want {
			t.Errorf("%.40s: %s, want %d", path, a.Status, want)
		}
	}
	c := r.dial("/ws")
	c.Send(frame.OpText, []byte(`{"method":"SUBSCRIBE","params":["a","secret"],"id":1}`))
	r.publish("a", "1")
	r.expect(c, `{"code":2,"msg":"Invalid request: you may not have the stream \"secret\"",`+
		`"error":{"code":2,"msg":"Invalid request: you may not have the stream \"secret\""},"id":1}`)
}

// Requests and their answers, one client in a row.
func TestRequests(t *testing.T) {
	r := start(t, binance.Config{})
	c := r.dial("/ws/first@trade")
	say := func(request string, want ...string) {
		t.Helper()
		c.Send(frame.OpText, []byte(request))
		r.expect(c, want...)
	}
	published := func(want ...string) {
		t.Helper()
		for _, s := range []string{"first@trade", "a@trade", "!ticker@arr"} {
			r.publish(s, `{"s":"`+s+`"}`)
		}
		r.expect(c, want...)
	}
	published(`{"s":"first@trade"}`)
	say(`{"method":"LIST_SUBSCRIPTIONS","id":3}`, `{"result":["first@trade"],"id":3}`)
	say(`{"method":"SUBSCRIBE","params":["a@trade","!ticker@arr"],"id":1}`, `{"result":null,"id":1}`)
	published(`{"s":"first@trade"}`, `{"s":"a@trade"}`, `{"s":"!ticker@arr"}`)
	say(`{"method":"SUBSCRIBE","params":["a@trade"],"id":"9d32157c-a556-4d27-9866-66760a174b57"}`,
		`{"result":null,"id":"9d32157c-a556-4d27-9866-66760a174b57"}`)
	say(`{"id":18446744073709551615,"params":[],"method":"LIST_SUBSCRIPTIONS"}`,
		`{"result":["!ticker@arr","a@trade","first@trade"],"id":18446744073709551615}`)
	say(`{"method":"GET_PROPERTY","params":["combined"],"id":2}`, `{"result":false,"id":2}`)
	say(`{"method":"SET_PROPERTY","params":["combined",true],"id":5}`, `{"result":null,"id":5}`)
	say(`{"method":"GET_PROPERTY","params":["combined"],"id":null}`, `{"result":true,"id":null}`)
	say(`{"method":"UNSUBSCRIBE","params":["first@trade","never@had"],"id":312}`, `{"result":null,"id":312}`)
	published(`{"stream":"a@trade","data":{"s":"a@trade"}}`, `{"stream":"!ticker@arr","data":{"s":"!ticker@arr"}}`)
	say(`{"method":"UNSUBSCRIBE","params":["a@trade","!ticker@arr"],"id":1}`, `{"result":null,"id":1}`)
	say(`{"method":"LIST_SUBSCRIPTIONS","id":1}`, `{"result":[],"id":1}`)
	published()
	if st := r.streams.Stats(); st.Sessions != 1 || st.Requests != 10 || st.Errors != 0 {
		t.Errorf("%+v", st)
	}
}

func TestBadRequests(t *testing.T) {
	r := start(t, binance.Config{})
	c := r.dial("/ws")
	for request, want := range map[string]string{
		``:                                `3 Invalid JSON: the fault is at or before byte 0`,
		`{"method":"SUBSCRIBE"`:           `3 Invalid JSON: the fault is at or before byte 21`,
		`[]`:                              `2 Invalid request: it must be an object with method, params and id`,
		`7`:                               `2 Invalid request: it must be an object with method, params and id`,
		`{"method":"LIST_SUBSCRIPTIONS"}`: `2 Invalid request: request ID must be an unsigned integer`,
		`{"method":"LIST_SUBSCRIPTIONS","id":-1}`:                                `2 Invalid request: request ID must be an unsigned integer`,
		`{"method":"LIST_SUBSCRIPTIONS","id":1.5}`:                               `2 Invalid request: request ID must be an unsigned integer`,
		`{"method":"LIST_SUBSCRIPTIONS","id":"a\"b"}`:                            `2 Invalid request: request ID must be an unsigned integer`,
		`{"method":"LIST_SUBSCRIPTIONS","id":{}}`:                                `2 Invalid request: request ID must be an unsigned integer`,
		`{"method":"LIST_SUBSCRIPTIONS","id":"` + strings.Repeat("a", 37) + `"}`: `2 Invalid request: request ID must be an unsigned integer`,
		`{"id":1}`:                                                      `2 Invalid request: missing field method 1`,
		`{"method":7,"id":1}`:                                           `2 Invalid request: method must be a string 1`,
		`{"method":"X","id":1}`:                                         "2 Invalid request: unknown variant \\\"X\\\", expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, `SET_PROPERTY`, `GET_PROPERTY` 1",
		`{"method":"SUBSCRIBE","id":1}`:                                 `2 Invalid request: params must be an array of streams 1`,
		`{"method":"SUBSCRIBE","params":null,"id":1}`:                   `2 Invalid request: params must be an array of streams 1`,
		`{"method":"SUBSCRIBE","params":[1],"id":1}`:                    `2 Invalid request: params must be an array of streams 1`,
		`{"method":"SUBSCRIBE","params":["a b"],"id":1}`:                `2 Invalid request: \"a b\" is no stream's name 1`,
		`{"method":"SET_PROPERTY","params":["combined"],"id":1}`:        `1 Invalid value type: expected Boolean 1`,
		`{"method":"SET_PROPERTY","params":["combined",null],"id":1}`:   `1 Invalid value type: expected Boolean 1`,
		`{"method":"SET_PROPERTY","params":["combined","true"],"id":1}`: `1 Invalid value type: expected Boolean 1`,
		`{"method":"SET_PROPERTY","params":["colour",true],"id":1}`:     `0 Unknown property 1`,
		`{"method":"GET_PROPERTY","params":["combined",true],"id":1}`:   `2 Invalid request: too many parameters 1`,
		`{"method":"GET_PROPERTY","params":[7],"id":1}`:                 `2 Invalid request: property name must be a string 1`,
		`{"method":"GET_PROPERTY","params":[],"id":1}`:                  `2 Invalid request: params must be an array that begins with the name of a property 1`,
		`"` + strings.Repeat("x", binance.MaxRequest) + `"`:             `2 Invalid request: it has 65538 bytes; at most 65536 are allowed`,
	} {
		code, msg, _ := strings.Cut(want, " ")
		id := ""
		if m, ok := strings.CutSuffix(msg, " 1"); ok {
			msg, id = m, `,"id":1`
		}
		body := `"code":` + code + `,"msg":"` + msg + `"`
		c.Send(frame.OpText, []byte(request))
		r.expect(c, "{"+body+`,"error":{`+body+"}"+id+"}")
	}
	if st := r.streams.Stats(); st.Errors != 25 {
		t.Errorf("%+v", st)
	}
	c.Send(frame.OpBinary, []byte(`{}`))
	r.Settle()
	if f := c.Frames(); len(f) != 1 || f[0].Op != frame.OpClose {
		t.Errorf("a binary message is answered with %v, want a close", f)
	}
}

// A connection has as many streams as the hub lets it have.
func TestTooManyStreams(t *testing.T) {
	r := start(t, binance.Config{})
	c := r.dial("/ws")
	var names []string
	for i := range binance.MaxStreams {
		names = append(names, fmt.Sprintf(`"s%d"`, i))
	}
	c.Send(frame.OpText, []byte(`{"method":"SUBSCRIBE","params":[`+strings.Join(names, ",")+`],"id":1}`))
	r.expect(c, `{"result":null,"id":1}`)
	c.Send(frame.OpText, []byte(`{"method":"SUBSCRIBE","params":["s7","more"],"id":2}`))
	const body = `"code":2,"msg":"Invalid request: a connection has no more streams than this one; unsubscribe from some first"`
	r.expect(c, "{"+body+`,"error":{`+body+`},"id":2}`)
}

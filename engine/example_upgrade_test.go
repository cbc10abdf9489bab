//go:build unix

package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"

	"github.com/coder/websocket"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// One port for pages and WebSockets: the engine listens, and what is no handshake goes to the mux.
func ExampleHandler_http() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })

	e, err := engine.New(engine.Config{Addrs: []string{"127.0.0.1:0"}, DrainWindow: -1}, engine.Handler{
		Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) },
		HTTP:    mux,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := e.Listen(); err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()

	fmt.Println(get("http://" + e.Addrs()[0].String() + "/hello"))
	fmt.Println(ask("ws://"+e.Addrs()[0].String()+"/", "a message"))
	stop()
	fmt.Println(<-ended)
	// Output:
	// a page
	// a message
	// <nil>
}

// An existing net/http server with a mux: one path of it is a WebSocket.
func ExampleEngine_Upgrade() {
	e, err := engine.New(engine.Config{HTTP: engine.HTTPConfig{UpgradeOnly: true}, DrainWindow: -1}, engine.Handler{
		Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, p) },
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()

	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "a page") })
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		if err := e.Upgrade(w, r); err != nil {
			log.Print(err) // the client has its answer already
		}
	})
	addr, closeServer := listenHTTP(mux)

	<-e.Running()
	fmt.Println(get("http://" + addr + "/page"))
	fmt.Println(ask("ws://"+addr+"/ws", "a message"))
	closeServer()
	stop()
	fmt.Println(<-ended)
	// Output:
	// a page
	// a message
	// <nil>
}

// With chi: its middleware runs before the handshake is judged, and may refuse it or add to it.
func ExampleEngine_Upgrade_chi() {
	e, err := engine.New(engine.Config{HTTP: engine.HTTPConfig{UpgradeOnly: true}, DrainWindow: -1}, engine.Handler{
		Upgrade: func(r *http.Request) (engine.Accept, error) {
			return engine.Accept{User: chi.URLParam(r, "room")}, nil
		},
		Message: func(c *engine.Conn, op frame.Op, p []byte) { c.Send(op, fmt.Appendf(nil, "%s in %s", p, c.User())) },
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()

	r := chi.NewRouter()
	r.Use(middleware.Recoverer, middleware.SetHeader("X-Served-By", "weir"))
	r.With(middleware.BasicAuth("weir", map[string]string{"me": "secret"})).
		Get("/rooms/{room}", func(w http.ResponseWriter, r *http.Request) { _ = e.Upgrade(w, r) })
	addr, closeServer := listenHTTP(r)

	<-e.Running()
	fmt.Println(ask("ws://"+addr+"/rooms/attic", "hello"))
	fmt.Println(ask("ws://me:secret@"+addr+"/rooms/attic", "hello"))
	closeServer()
	stop()
	fmt.Println(<-ended)
	// Output:
	// 401 Unauthorized
	// hello in attic
	// <nil>
}

// listenHTTP serves h on a free port.
func listenHTTP(h http.Handler) (addr string, stop func()) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	srv := &http.Server{Handler: h}
	go func() { _ = srv.Serve(ln) }()
	return ln.Addr().String(), func() { _ = srv.Close() }
}

// get fetches a page.
func get(url string) string {
	tr := &http.Transport{DisableKeepAlives: true}
	r, err := (&http.Client{Transport: tr}).Get(url)
	if err != nil {
		return err.Error()
	}
	defer r.Body.Close()
	body, _ := bufio.NewReader(r.Body).ReadString(0)
	return body
}

// ask opens a WebSocket, sends one message and returns what comes back; if it was refused, the status.
func ask(url, message string) string {
	ctx := context.Background()
	tr := &http.Transport{DisableKeepAlives: true}
	c, r, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: tr}})
	if err != nil {
		if r == nil {
			return err.Error()
		}
		return r.Status
	}
	defer c.CloseNow()
	if err := c.Write(ctx, websocket.MessageText, []byte(message)); err != nil {
		return err.Error()
	}
	_, rd, err := c.Reader(ctx)
	if err != nil {
		return err.Error()
	}
	p, _ := io.ReadAll(rd)
	return string(p)
}

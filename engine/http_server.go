package engine

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// webServer is the engine's http.Server. It serves what the loops hand over.
type webServer struct {
	e       *Engine
	srv     *http.Server
	ln      *webListener
	conns   atomic.Int64 // handed over and neither closed nor moved back
	serving atomic.Int64 // requests inside Handler.HTTP
}

type webConnKey struct{}

func newWebServer(e *Engine) *webServer {
	c := &e.cfg.HTTP
	w := &webServer{e: e, ln: newWebListener()}
	w.srv = &http.Server{
		Handler:           http.HandlerFunc(w.serve),
		ReadHeaderTimeout: c.ReadHeaderTimeout,
		ReadTimeout:       c.ReadTimeout,
		WriteTimeout:      c.WriteTimeout,
		IdleTimeout:       c.IdleTimeout,
		MaxHeaderBytes:    c.MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(e.cfg.Logger.Handler(), slog.LevelWarn),
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			wc, _ := asWebConn(c)
			return context.WithValue(ctx, webConnKey{}, wc)
		},
	}
	return w
}

// serve runs for each request. Handshakes go where they would have gone as the first request of a connection.
func (w *webServer) serve(rw http.ResponseWriter, r *http.Request) {
	if isHandshake(r) {
		_ = w.e.Upgrade(rw, r) // answered, whatever came of it
		return
	}
	if c, _ := r.Context().Value(webConnKey{}).(*webConn); c != nil && c.framing.doubtful(len(r.TransferEncoding) > 0, !r.ProtoAtLeast(1, 1)) {
		rw.Header().Set("Connection", "close")
	}
	w.e.callerOf(r)
	w.serving.Add(1)
	defer func() {
		w.serving.Add(-1)
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // net/http compares it so
				w.e.offLoop.panics.Add(1)
			}
			panic(p) // net/http logs it and ends the connection
		}
	}()
	w.e.h.HTTP.ServeHTTP(rw, r)
}

// reserve counts a connection in, unless there are too many.
func (w *webServer) reserve() bool {
	if n := w.conns.Add(1); w.e.cfg.HTTP.MaxConns > 0 && n > int64(w.e.cfg.HTTP.MaxConns) {
		w.conns.Add(-1)
		return false
	}
	return true
}

// run serves until the server is closed or shut down.
func (w *webServer) run() {
	if err := w.srv.Serve(w.ln); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		w.e.cfg.Logger.Error("the HTTP server ended", "err", err)
	}
}

// shutdown begins the end: idle connections are closed, requests under way are served. The channel is closed when
// nobody is left; never if ctx ends before.
func (w *webServer) shutdown(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		if w.srv.Shutdown(ctx) == nil { // else the rest is for close
			close(done)
		}
	}()
	return done
}

// close ends what is left. A handler finds out by its request's context; one that goes on regardless is waited for as
// long as a peer may take to answer a close frame.
func (w *webServer) close() {
	_ = w.srv.Close()
	_ = w.ln.Close() // the server knows it only if run has come that far
	for end := time.Now().Add(w.e.cfg.CloseTimeout); w.serving.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			w.e.cfg.Logger.Warn("HTTP handlers are still running although their connections are closed", "requests", w.serving.Load())
			return
		}
	}
}

// callerOf puts the address of the client into a request that a trusted proxy has passed on, for whom it speaks in this one.
func (e *Engine) callerOf(r *http.Request) {
	if !e.cfg.Proxy.trusts(peerOf(r)) {
		return
	}
	if a, ok := e.cfg.Proxy.client(r.Header); ok {
		r.RemoteAddr = peerString(a)
	}
}

package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// HTTP serves h on addr until ctx ends. Connections that were taken over from net/http are cut off then: the process
// is about to end.
func HTTP(ctx context.Context, addr string, h http.Handler) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := http.Server{Handler: h}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	Ready(l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

package wsclient

import (
	"context"
	"fmt"
	"net"
)

// Dial connects through package net and does the handshake. It must be all that the server sends for now: what comes behind the answer in the same segment is
// an error. ctx bounds it, and not what is done with the connection later.
func Dial(ctx context.Context, addr, path string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	err = shake(conn, addr, path)
	if !stop() {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

func shake(conn net.Conn, addr, path string) error {
	if _, err := conn.Write(Handshake(addr, path)); err != nil {
		return err
	}
	head := make([]byte, MaxHead+1)
	for have := 0; ; {
		n, err := conn.Read(head[have:])
		if err != nil {
			return fmt.Errorf("in the handshake: %w", err)
		}
		have += n
		switch n, err = CheckHandshake(head[:have]); {
		case err != nil:
			return err
		case n > 0 && n < have:
			return fmt.Errorf("behind the answer to the handshake came %q", head[n:have])
		case n > 0:
			return nil
		}
	}
}

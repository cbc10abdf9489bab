package engine

import "net"

// quiet returns a listener whose connections have no TCP keepalive: the heartbeat finds dead peers, and knows it of all
// of them without a kernel timer each. Those of Config.Addrs are made so; an inherited one has to be told.
func quiet(ln net.Listener) net.Listener {
	if t, ok := ln.(*net.TCPListener); ok {
		return quietListener{t}
	}
	return ln
}

type quietListener struct{ *net.TCPListener }

// Accept implements net.Listener.
func (ln quietListener) Accept() (net.Conn, error) {
	c, err := ln.AcceptTCP()
	if err != nil {
		return nil, err
	}
	_ = c.SetKeepAlive(false) // it only costs
	return c, nil
}

package engine

import (
	"context"
	"fmt"
	"net"
	"strings"
)

// listener is one of Config.Addrs or Config.Listeners.
type listener struct {
	net.Listener
	proxied bool // connections begin with a PROXY protocol header
	secure  bool // connections begin with a TLS handshake, behind that
}

// Listener is a socket that listens already, for Config.Listeners, with what the prefixes of Config.Addrs say of an address: TLS
// is "tls:", Proxy is "proxy:", both are "proxy:tls:". A [net.Listener] of another type there is served as with neither.
type Listener struct {
	net.Listener
	TLS, Proxy bool
}

func asListener(ln net.Listener) Listener {
	if l, ok := ln.(Listener); ok {
		return l
	}
	return Listener{Listener: ln}
}

// listenAddr is an entry of Config.Addrs, taken apart.
type listenAddr struct {
	network string // "tcp" or "unix"
	addr    string
	proxied bool
	secure  bool
}

// String returns the address as Config.Addrs has it.
func (a listenAddr) String() string {
	s := a.addr
	if a.network == "unix" {
		s = "unix:" + s
	}
	if a.secure {
		s = "tls:" + s
	}
	if a.proxied {
		s = "proxy:" + s
	}
	return s
}

func parseAddr(s string) listenAddr {
	s, proxied := strings.CutPrefix(s, "proxy:")
	s, secure := strings.CutPrefix(s, "tls:")
	if p, ok := strings.CutPrefix(s, "unix:"); ok {
		return listenAddr{"unix", p, proxied, secure}
	}
	return listenAddr{"tcp", s, proxied, secure}
}

// Listen opens the listeners of Config.Addrs and takes those of Config.Listeners, so that Addrs can tell their ports before
// Run. The error says which address failed. Calling it again does nothing.
func (e *Engine) Listen() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.listeners) > 0 {
		return nil
	}
	if e.draining.Load() {
		return ErrClosed
	}
	if len(e.cfg.Addrs) == 0 && len(e.cfg.Listeners) == 0 && !e.cfg.HTTP.UpgradeOnly {
		return &ConfigError{Field: "Addrs", Why: `is empty; name at least one address, such as "127.0.0.1:8080"`}
	}
	lc := net.ListenConfig{KeepAlive: -1} // the heartbeat finds dead peers
	lc.SetMultipathTCP(false)             // its sockets take other options
	if e.cfg.ReusePort {
		lc.Control = setReusePort
	}
	for _, s := range e.cfg.Addrs {
		a := parseAddr(s)
		ln, err := e.listenOn(&lc, a)
		if err != nil {
			for _, open := range e.listeners {
				_ = open.Close()
			}
			e.listeners = nil
			return fmt.Errorf("engine: listen on %s: %w", s, err)
		}
		e.listeners = append(e.listeners, &listener{ln, a.proxied, a.secure})
	}
	for _, ln := range e.cfg.Listeners {
		l := asListener(ln)
		_ = e.setOptions(l.Listener) // one that cannot take them is served without
		e.listeners = append(e.listeners, &listener{quiet(l.Listener), l.Proxy, l.TLS})
	}
	return nil
}

func (e *Engine) listenOn(lc *net.ListenConfig, a listenAddr) (net.Listener, error) {
	ln, err := lc.Listen(context.Background(), a.network, a.addr)
	if err != nil && a.network == "unix" && removeStale(a.addr, err) {
		e.cfg.Logger.Info("removed a unix socket that nobody listened on; the process before this one was killed", "path", a.addr)
		ln, err = lc.Listen(context.Background(), a.network, a.addr)
	}
	if err != nil {
		return nil, err
	}
	if err := e.setOptions(ln); err != nil {
		_ = ln.Close()
		return nil, err
	}
	return ln, nil
}

// setOptions sets what the connections of a listener inherit from it.
func (e *Engine) setOptions(ln net.Listener) error {
	if err := setUserTimeout(ln, e.cfg.userTimeout()); err != nil {
		return err
	}
	return setUnsentLimit(ln, e.cfg.UnsentLimit)
}

// Addrs returns the addresses listened on, in the order of Config.Addrs and then Config.Listeners; nil before Listen. Any
// goroutine may call it.
func (e *Engine) Addrs() []net.Addr {
	e.mu.Lock()
	defer e.mu.Unlock()
	var as []net.Addr
	for _, ln := range e.listeners {
		as = append(as, ln.Addr())
	}
	return as
}

func (e *Engine) closeListeners() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ln := range e.listeners {
		_ = ln.Close()
	}
}

package serve

import (
	"fmt"
	"slices"

	"github.com/weir-ws/weir/cmd/weir/internal/config"
	"github.com/weir-ws/weir/cmd/weir/internal/systemd"
	"github.com/weir-ws/weir/engine"
)

// adminSocket is the FileDescriptorName= of a socket unit that is for the admin listener. All others are the feed's.
const adminSocket = "admin"

// inherit takes the sockets that systemd has opened for us. What is required of every connection, the PROXY protocol, is required on
// them too; whether one has TLS says the address that names it. Another address of the feed is listened on beside them only
// if it was asked for: the default one is for those who run the server by hand.
func (s *server) inherit(ec *engine.Config) error {
	sockets, err := systemd.Listeners(s.environ, s.pid)
	if err != nil {
		return err
	}
	named := map[string]string{} // addresses by the names of sockets in them
	var open []string
	for _, a := range ec.Addrs {
		if name, ok := config.SocketName(a); ok {
			named[name] = a
		} else {
			open = append(open, a)
		}
	}
	var forms []string
	for _, in := range sockets {
		form := named[in.Name]
		switch {
		case form == "" && in.Name == adminSocket && s.adminLn != nil:
			s.log.Warn("two sockets are named admin; the second one is not used", "address", in.Addr().String())
			_ = in.Close()
		case form == "" && in.Name == adminSocket:
			s.adminLn = in.Listener
		default:
			ec.Listeners = append(ec.Listeners, engine.Listener{Listener: in.Listener, TLS: config.Secure(form), Proxy: s.cfg.Proxy.Protocol || config.Proxied(form)})
			forms = append(forms, form)
		}
	}
	for name, a := range named {
		if !slices.ContainsFunc(sockets, func(in systemd.Inherited) bool { return in.Name == name }) {
			return fmt.Errorf("%s: no socket of this name was handed down; it is FileDescriptorName= of the socket unit, or the unit's own name", a)
		}
	}
	switch {
	case len(ec.Listeners) == 0 || s.cfg.IsSet("server.listen"):
		ec.Addrs = open
	default:
		ec.Addrs = nil
	}
	s.listens = slices.Concat(ec.Addrs, forms)
	return nil
}

package serve

import (
	"os"
	"os/signal"
	"syscall"
)

// takeHangups keeps SIGHUP, which asks for files to be read again, from ending a server that has none to read, or does not watch them
// yet: everybody would be cut off without a drain. It holds from its return until the stop that it returns.
func (s *server) takeHangups() (stop func()) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range hup {
			if !s.cfg.Secure() && !s.cfg.Authenticates() {
				s.log.Info("SIGHUP: there are no certificates, tokens or keys to read again")
			}
		}
	}()
	return func() {
		signal.Stop(hup)
		close(hup)
		<-done
	}
}

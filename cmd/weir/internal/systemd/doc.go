// Package systemd is what a service says to systemd and gets from it: sd_notify(3), the watchdog, and listening sockets
// (sd_listen_fds(3)). All of it is a few variables, descriptors and datagrams; where systemd is not, nothing happens.
package systemd

import "strings"

// lookup returns a variable's last value, as from os.Environ, "" if there is none.
func lookup(environ []string, name string) (v string) {
	for _, e := range environ {
		if s, ok := strings.CutPrefix(e, name+"="); ok {
			v = s
		}
	}
	return v
}

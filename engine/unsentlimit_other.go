//go:build !linux

package engine

import "net"

// setUnsentLimit does nothing: elsewhere the size of the send buffer is all there is.
func setUnsentLimit(net.Listener, int) error { return nil }

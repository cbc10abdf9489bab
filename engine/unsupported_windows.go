//go:build windows

package engine

// Weir needs epoll or kqueue. This name does not exist, so that a build for Windows stops here and
// says why; run it under WSL 2 or in a Linux container instead.
var _ = weir_needs_epoll_or_kqueue_and_does_not_support_Windows_use_WSL2

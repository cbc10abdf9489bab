// Package admin is the admin listener of `weir serve`: how the server is seen from outside. It is an ordinary net/http
// server on an address of its own, loopback by default, because it has no authentication and tells of everybody's
// addresses; nothing of it is ever on the public listener.
//
//	/         what there is
//	/metrics  for Prometheus
//	/livez    200 if every event loop answered within a second, 503 with the loops that did not
//	/readyz   200 if new clients are welcome, 503 with the reasons if not; ?verbose shows every check
//	/connz    JSON: totals, and the connections that make most trouble; ?sort=buffered|lag|age&limit=N
//	/debug/pprof/  where it was asked for
package admin

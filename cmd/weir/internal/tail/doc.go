// Package tail is `weir tail`: a client of the feed protocol that prints what arrives, or measures it.
//
//	Run -> connect (retried with full jitter) -> subscribe -> frames -> tracker (gaps) -> printer or meter
//
// One goroutine reads the connection, one pings it; everything else happens in Run's own.
package tail

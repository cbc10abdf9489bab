// Package tail is `weir tail`: a reader over package client that prints what arrives, or measures it.
//
//	client (connects, subscribes, resumes, accounts) -> heard -> Run: printer or meter
//
// The client's goroutine only hands over; everything else happens in Run's own.
package tail

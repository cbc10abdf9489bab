// Package frame is the wire format of RFC 6455.
package frame

package engine

import (
	"bytes"
	"crypto/tls"
	"net"
	"reflect"
	"unsafe"
)

// tlsField is a field of a tls.Conn that crypto/tls gives no way to. One that is there no more, or with another type, is not
// known: what it is needed for is then not done. A test pins that all are known to the Go in go.mod.
type tlsField[T any] struct {
	offset uintptr
	known  bool
}

func fieldOfTLS[T any](name string) tlsField[T] {
	f, ok := reflect.TypeFor[tls.Conn]().FieldByName(name)
	return tlsField[T]{f.Offset, ok && f.Type == reflect.TypeFor[T]()}
}

func (f tlsField[T]) of(t *tls.Conn) *T { return (*T)(unsafe.Add(unsafe.Pointer(t), f.offset)) }

var (
	tlsRawInput = fieldOfTLS[bytes.Buffer]("rawInput") // records that were read and not yet handled
	tlsHand     = fieldOfTLS[bytes.Buffer]("hand")     // handshake messages, likewise
	tlsInput    = fieldOfTLS[bytes.Reader]("input")    // the rest of a record's plaintext, in rawInput's memory
	tlsNetConn  = fieldOfTLS[net.Conn]("conn")         // what it stands on

	tlsLendable = tlsRawInput.known && tlsHand.known && tlsInput.known
)

// lend gives the connection the loop's buffer for one read. An idle one then holds none: left alone, a tls.Conn keeps a
// buffer as large as the largest record it ever read, and the ClientHello's for ever, which is most of what it costs.
func (k *tlsLink) lend(b *tlsBuffers) {
	if !tlsLendable {
		return
	}
	if raw := tlsRawInput.of(k.tls); raw.Cap() == 0 {
		*raw, b.raw = b.raw, bytes.Buffer{}
	}
}

// takeBack ends lend. A connection that is inside a record keeps the buffer until it is not.
func (k *tlsLink) takeBack(b *tlsBuffers) {
	if !tlsLendable {
		return
	}
	raw, input, hand := tlsRawInput.of(k.tls), tlsInput.of(k.tls), tlsHand.of(k.tls)
	if raw.Len() > 0 || input.Len() > 0 {
		return
	}
	if c := raw.Cap(); c > b.raw.Cap() && c <= 2*tlsPlain {
		raw.Reset()
		b.raw = *raw
	}
	*raw, *input = bytes.Buffer{}, bytes.Reader{} // the reader would hold the buffer's memory
	if hand.Len() == 0 {
		*hand = bytes.Buffer{}
	}
}

// setNetConn puts c under t in place of what is there, and reports whether it could. Nobody else may be using t.
func setNetConn(t *tls.Conn, c net.Conn) bool {
	if tlsNetConn.known {
		*tlsNetConn.of(t) = c
	}
	return tlsNetConn.known
}

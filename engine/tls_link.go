package engine

import (
	"bytes"
	"crypto/tls"
	"unsafe"
)

const (
	// tlsPlain is how much plaintext a connection is given at once: as much as gnet reads.
	tlsPlain = 64 << 10
	// tlsChunk is how much plaintext is encrypted before the socket is asked whether it takes the result: two
	// full records. It bounds the ciphertext that waits with a connection whose socket is full.
	tlsChunk = 32 << 10
	// tlsRestMax bounds that ciphertext when what crypto/tls sends by itself comes on top, which a peer can
	// ask for (KeyUpdate) without reading any of it.
	tlsRestMax = 128 << 10
)

// tlsBuffers are a loop's. One connection uses them at a time.
type tlsBuffers struct {
	out   []byte       // ciphertext that crypto/tls has just written
	plain []byte       // what one read brought, decrypted
	join  []byte       // slices of one Writev, put together
	raw   bytes.Buffer // what crypto/tls reads records into
}

// tlsBufs returns the loop's buffers, which a loop without TLS does not have.
func (l *Loop) tlsBufs() *tlsBuffers {
	if l.tls == nil {
		l.tls = &tlsBuffers{plain: make([]byte, tlsPlain)}
	}
	return l.tls
}

// tlsLink is a connection's TLS state beside its socket.
type tlsLink struct {
	pipe tlsPipe // first: see linkAround
	tls  *tls.Conn

	rest  []byte // ciphertext that the socket did not take
	sent  int    // bytes of rest that it has taken since
	plain int    // bytes of plaintext that rest stands for, 0 if it is crypto/tls's own
	whole int    // bytes of ciphertext that these became
	told  int    // of plain, those that Write has reported as written

	fin   bool // FIN is to follow rest
	owing bool // on the loop's list of those that owe crypto/tls's own ciphertext
}

// linkAround finds the link around its pipe.
func linkAround(p *tlsPipe) *tlsLink { return (*tlsLink)(unsafe.Pointer(p)) }

var _ [unsafe.Offsetof(tlsLink{}.pipe)]struct{} = [0]struct{}{}

// held is the plaintext that is encrypted and not reported as written. The next bytes to be written must be
// these: they cannot be taken back.
func (k *tlsLink) held() int { return k.plain - k.told }

// report returns how much more plaintext, of at most want bytes that are to be written, is written. While rest is on its
// way that is in proportion, so that a peer that takes a few bytes is seen to take something, and never all of
// it: what Write leaves unreported is what brings the next attempt.
func (k *tlsLink) report(want int) (n int) {
	done := k.plain
	if unsent := len(k.rest) - k.sent; unsent > 0 {
		done = min(k.plain-1, int(int64(k.plain)*int64(k.whole-unsent)/int64(max(1, k.whole))))
	}
	n = min(want, max(0, done-k.told))
	if k.told += n; k.told == k.plain {
		k.plain, k.told, k.whole = 0, 0, 0
	}
	return n
}

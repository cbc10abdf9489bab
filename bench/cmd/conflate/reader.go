package main

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// span is the time in which what is received counts, in ns since 1970.
type span struct{ from, to atomic.Int64 }

func (s *span) has(at int64) bool { return s.from.Load() <= at && at < s.to.Load() }

// reader is one connection. It belongs to the loop that reads it.
type reader struct {
	fd      int
	head    string
	account account
	carry   []byte // the beginning of a frame whose end has not come

	allowed float64 // bytes that it may read now, of one that is paced
	counted uint64  // messages in the span
	bytes   uint64
	ages    *hdrhistogram.Histogram // us from an update to its receipt
	ended   bool
}

// open connects and subscribes.
func open(to *wsclient.Target, s *stream, maxHz float64, buf []byte) (*reader, error) {
	fd, have, err := to.Open(buf)
	if err != nil {
		return nil, err
	}
	request := `{"type":"subscribe","channel":"` + s.channel + `"`
	if maxHz > 0 {
		request += fmt.Sprintf(`,"maxHz":%g`, maxHz)
	}
	if err := wsclient.WriteAll(fd, wsclient.Text(request+"}")); err != nil {
		return nil, err
	}
	for !bytes.HasSuffix(buf[:have], []byte("}")) { // nothing is published yet
		if have, err = wsclient.ReadMore(fd, buf, have); err != nil {
			return nil, err
		}
	}
	if !bytes.Contains(buf[:have], []byte(`"type":"subscribed"`)) || !bytes.Contains(buf[:have], []byte(`"seq":0`)) {
		return nil, fmt.Errorf("the subscription was not accepted, or there are messages already: %q", buf[:have])
	}
	return &reader{fd: fd, head: head(s.channel), account: newAccount(s), ages: hdrhistogram.New(1, 60e6, 2)},
		unix.SetNonblock(fd, true)
}

// read reads at most most bytes. buf is the loop's, and longer by a frame. drained: there may be no more.
func (r *reader) read(buf []byte, most int, now func() int64, in *span) (n int, drained bool, err error) {
	have := copy(buf, r.carry)
	n, err = unix.Read(r.fd, buf[have:have+most])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return 0, true, nil
	case err != nil:
		return 0, true, fmt.Errorf("read: %w", err)
	case n == 0:
		return 0, true, errors.New("the server ended the connection")
	}
	rest, err := r.take(buf[:have+n], now(), in)
	r.carry = append(r.carry[:0], rest...)
	return n, n < most, err
}

// take takes the frames in p and returns what is left.
func (r *reader) take(p []byte, now int64, in *span) ([]byte, error) {
	for len(p) > 0 {
		h, k, err := frame.ParseHeader(p)
		if err != nil {
			return p, err
		}
		end := k + int(h.Length)
		if k == 0 || end > len(p) {
			return p, nil
		}
		switch h.Op {
		case frame.OpText:
			err = r.message(p[k:end], end, now, in)
		case frame.OpPing:
			err = wsclient.WriteAll(r.fd, wsclient.Frame(frame.OpPong, p[k:end])) // a few bytes, for which there is room
		default:
			err = fmt.Errorf("a %v frame: %q", h.Op, p[k:end])
		}
		if err != nil {
			return p, err
		}
		p = p[end:]
	}
	return p, nil
}

func (r *reader) message(p []byte, wire int, now int64, in *span) error {
	m, err := parse(p, r.head)
	if err != nil {
		return err
	}
	if err := r.account.take(&m); err != nil {
		return err
	}
	if in.has(now) {
		r.counted++
		r.bytes += uint64(wire)
		return r.ages.RecordValue(max(0, now-m.ts) / 1000)
	}
	return nil
}

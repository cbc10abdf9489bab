package main

import "time"

// An update's number is its sequence number in its channel, since nobody else publishes to it. All updates have the same length, so that a
// batch is written into a template and its Content-Length is known before.
const (
	firstValue  = 1_000_000 // of update 0, so that all have 7 digits
	mostUpdates = 8_999_999
	maxKeys     = 1000
)

// keyOf is the key of an update: neighbours are far from one another.
func keyOf(number uint64, keys int) int { return int(number * 7919 % uint64(keys)) }

// stream is the updates of one channel.
type stream struct {
	channel string
	keys    int
	total   uint64 // the number of the last one
}

// template returns a line of a batch, and where its time, its key and its value stand.
func (s *stream) template() (line []byte, ts, key, value int) {
	line = append(line, `{"channel":"`+s.channel+`","ts":`...)
	ts = len(line)
	line = append(line, `0000000000000000000,"key":"k`...)
	key = len(line)
	line = append(line, `000","data":{"n":`...)
	value = len(line)
	line = append(line, `0000000,"b":"61230.10","B":"0.00400","a":"61230.20","A":"1.25000"}}`+"\n"...)
	return line, ts, key, value
}

// message is what everybody gets of an update that stands for no other.
func (s *stream) message(number uint64, at time.Time) []byte {
	return s.appendMessage(nil, number, at.UnixNano(), "")
}

// appendMessage appends the message of an update; account is what it stands for besides itself.
func (s *stream) appendMessage(dst []byte, number uint64, ts int64, account string) []byte {
	dst = append(dst, `{"type":"message","channel":"`+s.channel+`","seq":`...)
	dst = append(appendDigits(dst, number, 0), account...)
	dst = appendDigits(append(dst, `,"ts":`...), uint64(ts), 19)
	dst = appendDigits(append(dst, `,"key":"k`...), uint64(keyOf(number, s.keys)), 3)
	dst = appendDigits(append(dst, `","data":{"n":`...), firstValue+number, 7)
	return append(dst, `,"b":"61230.10","B":"0.00400","a":"61230.20","A":"1.25000"}}`...)
}

// appendDigits appends v, with zeros before it up to a width.
func appendDigits(dst []byte, v uint64, width int) []byte {
	n := 1
	for x := v; x >= 10; x /= 10 {
		n++
	}
	at := len(dst)
	dst = append(dst, "00000000000000000000"[:max(n, width)]...)
	putDigits(dst[at:], v)
	return dst
}

// putDigits writes v over all of p.
func putDigits(p []byte, v uint64) {
	for i := len(p) - 1; i >= 0; i-- {
		p[i] = byte('0' + v%10)
		v /= 10
	}
}

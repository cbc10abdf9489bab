package main

import (
	"errors"
	"fmt"
)

// message is what a reader must know of one. It is taken apart byte by byte, because there are millions a second.
type message struct {
	seq, from uint64 // what it accounts for
	dropped   bool
	ts        int64
	key       int
	value     uint64
}

var errForm = errors.New("not a message of the channel in the form it is published in")

// parse takes a message of a channel apart. head is what each begins with.
func parse(p []byte, head string) (m message, err error) {
	s := scanner{p: p}
	s.text(head)
	m.seq = s.number()
	m.from = m.seq
	switch {
	case s.has(`,"from":`):
		m.from = s.number()
	case s.has(`,"dropped":`):
		m.dropped = true
		m.from = m.seq - s.number()
	}
	s.text(`,"ts":`)
	m.ts = int64(s.number())
	s.text(`,"key":"k`)
	m.key = int(s.number())
	s.text(`","data":{"n":`)
	m.value = s.number()
	s.text(`,"b":"61230.10","B":"0.00400","a":"61230.20","A":"1.25000"}}`)
	if s.bad || s.at != len(p) {
		return m, fmt.Errorf("%w: %.300q", errForm, p)
	}
	return m, nil
}

// head is what the messages of a channel begin with.
func head(channel string) string { return `{"type":"message","channel":"` + channel + `","seq":` }

type scanner struct {
	p   []byte
	at  int
	bad bool
}

func (s *scanner) has(t string) bool {
	if end := s.at + len(t); end <= len(s.p) && string(s.p[s.at:end]) == t {
		s.at = end
		return true
	}
	return false
}

func (s *scanner) text(t string) { s.bad = s.bad || !s.has(t) }

func (s *scanner) number() (v uint64) {
	begin := s.at
	for s.at < len(s.p) && '0' <= s.p[s.at] && s.p[s.at] <= '9' && s.at-begin < 19 {
		v = 10*v + uint64(s.p[s.at]-'0')
		s.at++
	}
	s.bad = s.bad || s.at == begin
	return v
}

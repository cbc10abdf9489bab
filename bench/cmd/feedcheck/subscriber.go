package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/weir-ws/weir/bench/internal/replayed"
	"github.com/weir-ws/weir/bench/internal/wsclient"
	"github.com/weir-ws/weir/frame"
)

// subscriber is one connection and how far it has come.
type subscriber struct {
	conn     net.Conn
	buf      []byte
	channels []*channel
	at       []int // messages had, by channel
	left     int   // messages to come
	decoder  frame.Decoder
	answers  int
}

var limits = frame.Limits{Client: true, MaxMessage: 64 << 20}

func connect(ctx context.Context, o *replayed.Flags, channels []*channel, messages int) (*subscriber, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	conn, err := wsclient.Dial(ctx, o.Addr, o.Path)
	if err != nil {
		return nil, err
	}
	return &subscriber{conn: conn, buf: make([]byte, o.Buffer), channels: channels, at: make([]int, len(channels)), left: messages}, nil
}

// subscribe asks for all channels in one request.
func (s *subscriber) subscribe() error {
	var names []string
	for _, c := range s.channels {
		names = append(names, `"`+c.name+`"`)
	}
	_, err := s.conn.Write(wsclient.Text(`{"type":"subscribe","channels":[` + strings.Join(names, ",") + `]}`))
	return err
}

// receive reads and checks until done says so. first is told when the first message has come.
func (s *subscriber) receive(done func() bool, first func()) error {
	for !done() {
		n, err := s.conn.Read(s.buf)
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = errors.New("the server ended the connection")
			}
			return fmt.Errorf("%d messages before the end: %w", s.left, err)
		}
		for p := s.buf[:n]; len(p) > 0; {
			ev, used, err := s.decoder.Next(p, &limits)
			if err != nil {
				return err
			}
			p = p[used:]
			if ev.Op != 0 {
				if err := s.take(ev, first); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *subscriber) take(ev frame.Event, first func()) error {
	switch ev.Op {
	case frame.OpText:
	case frame.OpPing:
		_, err := s.conn.Write(wsclient.Frame(frame.OpPong, ev.Payload))
		return err
	default:
		return fmt.Errorf("%v frame %q with %d messages to come", ev.Op, ev.Payload, s.left)
	}
	for i, c := range s.channels {
		if k := s.at[i]; k < len(c.payloads) && bytes.Equal(ev.Payload, c.payloads[k]) {
			if first != nil && s.at[i] == 0 {
				first()
			}
			s.at[i]++
			s.left--
			return nil
		}
	}
	return s.answer(ev.Payload)
}

// answer takes what is no expected message: only the answers to subscribe may be that.
func (s *subscriber) answer(p []byte) error {
	var a struct {
		Type, Channel string
		Seq           uint64
	}
	if err := json.Unmarshal(p, &a); err != nil {
		return fmt.Errorf("%w in %.200q", err, p)
	}
	switch {
	case a.Type == "subscribed" && a.Seq == 0:
		s.answers++
		return nil
	case a.Type == "subscribed":
		return fmt.Errorf("%s is at %d already: start a fresh server for each run", a.Channel, a.Seq)
	}
	return fmt.Errorf("a message that is not next in any channel (have %v): %.300q", s.at, p)
}

// quiet checks that nothing comes any more.
func (s *subscriber) quiet(wait time.Duration) error {
	if err := s.conn.SetReadDeadline(time.Now().Add(wait)); err != nil {
		return err
	}
	n, err := s.conn.Read(s.buf)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return nil
	}
	return fmt.Errorf("after the last message came %q (%v)", s.buf[:min(n, 100)], err)
}

package main

import (
	"bytes"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/weir-ws/weir/bench/internal/wsclient"
)

// dialer opens subscribed connections as bare descriptors.
type dialer struct {
	to        *wsclient.Target
	subscribe []byte
}

func newDialer(o options) (*dialer, error) {
	to, err := wsclient.NewTarget(o.addr, o.path)
	if err != nil {
		return nil, err
	}
	return &dialer{to, wsclient.Text(`{"type":"subscribe","channel":"` + o.channel + `"}`)}, nil
}

// open connects, subscribes and waits for the answer. buf is for its own use.
func (d *dialer) open(buf []byte) (fd int, err error) {
	fd, have, err := d.to.Open(buf)
	if err != nil {
		return -1, err
	}
	if err := d.join(fd, buf, have); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

func (d *dialer) join(fd int, buf []byte, have int) error {
	if err := wsclient.WriteAll(fd, d.subscribe); err != nil {
		return err
	}
	for !bytes.Contains(buf[:have], []byte("}")) {
		var err error
		if have, err = wsclient.ReadMore(fd, buf, have); err != nil {
			return err
		}
	}
	if !bytes.Contains(buf[:have], []byte(`"type":"subscribed"`)) {
		return fmt.Errorf("the subscription was not accepted: %q", buf[:have])
	}
	return nil
}

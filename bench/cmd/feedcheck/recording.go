package main

import "github.com/weir-ws/weir/bench/internal/replayed"

// channel is one channel of a recording, as a subscriber from its beginning must see it.
type channel struct {
	name     string
	payloads [][]byte // of message 1, 2, ...
}

// expect reads a recording and makes the payloads of all messages of all channels.
func expect(path string) (channels []*channel, messages int, size int64, err error) {
	byName := map[string]*channel{}
	err = replayed.Read(path, func(l replayed.Line) error {
		if l.Stream == "" {
			return nil
		}
		c := byName[l.Stream]
		if c == nil {
			c = &channel{name: l.Stream}
			byName[l.Stream] = c
			channels = append(channels, c)
		}
		p, _ := l.Payload(len(c.payloads) + 1)
		c.payloads = append(c.payloads, p)
		messages++
		size += int64(len(p))
		return nil
	})
	return channels, messages, size, err
}

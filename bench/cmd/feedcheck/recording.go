package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// channel is one channel of a recording, as a subscriber from its beginning must see it.
type channel struct {
	name     string
	payloads [][]byte // of message 1, 2, ...
}

// expect reads a recording and makes the payloads of all messages of all channels. It shares no code with the server:
// the lines are taken apart by encoding/json, and the envelope stands here once more.
func expect(path string) (channels []*channel, messages int, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, 0, err
	}
	defer f.Close()
	var in io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			return nil, 0, 0, err
		}
	}
	byName := map[string]*channel{}
	lines := bufio.NewReaderSize(in, 1<<20)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, 0, 0, err
		}
		ts, text, ok := bytes.Cut(line, []byte(" "))
		if !ok {
			return nil, 0, 0, fmt.Errorf("%s:%d: no space", path, n)
		}
		var m struct {
			Stream string          `json:"stream"`
			Data   json.RawMessage `json:"data"`
		}
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, 0, 0, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		if m.Stream == "" {
			continue
		}
		c := byName[m.Stream]
		if c == nil {
			c = &channel{name: m.Stream}
			byName[m.Stream] = c
			channels = append(channels, c)
		}
		p := fmt.Appendf(nil, `{"type":"message","channel":"%s","seq":%d,"ts":%s,"data":%s}`, m.Stream, len(c.payloads)+1, ts, m.Data)
		c.payloads = append(c.payloads, p)
		messages++
		size += int64(len(p))
	}
	return channels, messages, size, nil
}

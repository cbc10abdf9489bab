package replayed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// Line is a line of a recording.
type Line struct {
	Time   string          // ns since 1970, as it stands there
	Stream string          // "": an order book got by REST
	Data   json.RawMessage // of the stream's message; of a book, all of it
}

// Read calls each for every line of a recording, plain or gzipped. What is wrong with a line, and each's errors, are told with its number.
func Read(path string, each func(Line) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewReaderSize(f, 1<<20)
	in := buffered
	if magic, _ := buffered.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		in = bufio.NewReaderSize(z, 1<<20)
	}
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(text) == 0 {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", path, err)
		}
		l, err := parse(text)
		if err == nil {
			err = each(l)
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
}

func parse(text []byte) (Line, error) {
	ts, text, ok := bytes.Cut(bytes.TrimSuffix(text, []byte("\n")), []byte(" "))
	if !ok {
		return Line{}, errors.New("no space behind the time")
	}
	var m struct {
		Stream string          `json:"stream"`
		Data   json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return Line{}, err
	}
	if m.Stream == "" {
		m.Data = text
	}
	return Line{string(ts), m.Stream, m.Data}, nil
}

// Payload is the message that a subscriber gets of a line when nothing is left out, and where in it the data begins.
func (l Line) Payload(seq int) (payload []byte, data int) {
	p := append([]byte(`{"type":"message","channel":"`), l.Stream...)
	p = append(p, `","seq":`...)
	p = strconv.AppendInt(p, int64(seq), 10)
	p = append(append(append(p, `,"ts":`...), l.Time...), `,"data":`...)
	data = len(p)
	return append(append(p, l.Data...), '}'), data
}

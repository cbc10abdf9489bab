package result

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxLine bounds one record; the longest are samples with a latency curve and a timeline, some tens of KB.
const maxLine = 16 << 20

// Read returns the records of a results file in their order. Unknown fields are ignored, so that an older report reads a newer run.
// A last line cut short, as a killed run leaves it, is dropped without an error: such a file has no End, and Join calls
// the run broken off. Any other line that is no record is an error that names it.
func Read(r io.Reader) ([]Record, error) {
	br := bufio.NewReaderSize(r, 64<<10)
	var records []Record
	for n := 1; ; n++ {
		line, err := readLine(br)
		whole := err == nil
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var rec Record
			if jerr := json.Unmarshal(line, &rec); jerr == nil {
				if rec != (Record{}) {
					records = append(records, rec)
				}
			} else if whole {
				return nil, fmt.Errorf("line %d is not a record of a bench run (%w): is it a file that bench run wrote?", n, jerr)
			}
		}
		if !whole {
			return records, nil
		}
	}
}

func readLine(br *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := br.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > maxLine {
			return nil, fmt.Errorf("longer than %d bytes, which no record is", maxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

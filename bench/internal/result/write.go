package result

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
)

// Writer appends records to a results file, each in one write and nothing kept back, so that an interrupt costs no finished
// record. It is for one goroutine.
type Writer struct{ w io.Writer }

// NewWriter returns a Writer on w, which should be a file opened for appending and not buffered.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write appends one record. A record without exactly one of its fields is refused.
func (w *Writer) Write(r Record) error {
	set := 0
	for _, f := range reflect.ValueOf(r).Fields() {
		if !f.IsNil() {
			set++
		}
	}
	if set != 1 {
		return fmt.Errorf("a record is one thing, this one is %d", set)
	}
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("record does not fit JSON: %w", err)
	}
	if _, err := w.w.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

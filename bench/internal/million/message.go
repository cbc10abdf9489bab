package million

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// order is a line that the driver writes to a client; one field is set.
type order struct {
	Hold   *holdOrder   `json:"hold,omitempty"`
	Expect *expectOrder `json:"expect,omitempty"`
	Close  bool         `json:"close,omitempty"`
}

type holdOrder struct {
	Addr    string       `json:"addr"`
	Conns   int          `json:"conns"`
	Sources []netip.Addr `json:"sources"`
}

// expectOrder announces a broadcast of one message.
type expectOrder struct {
	Size     int     `json:"size"`
	Patience float64 `json:"patience"` // seconds until what has not come is lost
}

// news is a line that a client writes: what has changed, and the totals.
type news struct {
	Open    int    `json:"open,omitempty"`
	Held    bool   `json:"held,omitempty"`   // all connections are open
	Pings   int64  `json:"pings,omitempty"`  // answered so far
	Pinged  int    `json:"pinged,omitempty"` // connections that have answered one
	Ready   bool   `json:"ready,omitempty"`  // the broadcast may come
	Done    bool   `json:"done,omitempty"`   // it has come, to all connections
	Latency []byte `json:"latency,omitempty"`
	Closed  bool   `json:"closed,omitempty"`
	Error   string `json:"error,omitempty"`
}

// writeLine writes v as one line.
func writeLine(w io.Writer, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// pack is a histogram for a line.
func pack(h *hdrhistogram.Histogram) ([]byte, error) {
	b, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return nil, fmt.Errorf("encode latencies: %w", err)
	}
	return b, nil
}

// merge adds up packed histograms. A value that the result cannot hold is an error, not a loss.
func merge(packed [][]byte) (*hdrhistogram.Histogram, error) {
	var sum *hdrhistogram.Histogram
	for _, b := range packed {
		h, err := hdrhistogram.Decode(b)
		if err != nil {
			return nil, fmt.Errorf("decode latencies: %w", err)
		}
		if sum == nil {
			sum = h
			continue
		}
		if lost := sum.Merge(h); lost > 0 {
			return nil, fmt.Errorf("%d latencies are over what the first client's histogram holds", lost)
		}
	}
	if sum == nil {
		return nil, fmt.Errorf("no latencies were reported")
	}
	return sum, nil
}

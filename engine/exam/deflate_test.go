package exam_test

import (
	"bytes"
	"compress/flate"
	"math/rand/v2"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/engine/exam"
)

// Answers that RFC 7692 7.1 does not allow to an offer, and some that it does.
func TestDeflateAnswers(t *testing.T) {
	for _, tc := range []struct {
		offer  exam.DeflateOffer
		answer string
		legal  bool
	}{
		{exam.DeflateOffer{}, "", true},
		{exam.DeflateOffer{Required: true}, "", false},
		{exam.DeflateOffer{}, "permessage-deflate", true},
		{exam.DeflateOffer{}, "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8", true},
		{exam.DeflateOffer{}, "permessage-bzip2", false},
		{exam.DeflateOffer{}, "permessage-deflate, permessage-deflate", false},
		{exam.DeflateOffer{}, "permessage-deflate; unknown", false},
		{exam.DeflateOffer{}, "permessage-deflate; server_no_context_takeover=1", false},
		{exam.DeflateOffer{}, "permessage-deflate; server_no_context_takeover; server_no_context_takeover", false},
		{exam.DeflateOffer{}, "permessage-deflate; server_max_window_bits", false},
		{exam.DeflateOffer{}, "permessage-deflate; server_max_window_bits=16", false},
		{exam.DeflateOffer{}, "permessage-deflate; client_max_window_bits=10", false}, // was not offered
		{exam.DeflateOffer{ClientMaxWindowBits: -1}, "permessage-deflate; client_max_window_bits=10", true},
		{exam.DeflateOffer{ClientMaxWindowBits: -1}, "permessage-deflate; client_max_window_bits", false}, // needs a value here
		{exam.DeflateOffer{ClientMaxWindowBits: 9}, "permessage-deflate; client_max_window_bits=10", false},
		{exam.DeflateOffer{ServerMaxWindowBits: 9}, "permessage-deflate", false},
		{exam.DeflateOffer{ServerMaxWindowBits: 9}, "permessage-deflate; server_max_window_bits=10", false},
		{exam.DeflateOffer{ServerMaxWindowBits: 9}, "permessage-deflate; server_max_window_bits=8", true},
		{exam.DeflateOffer{ServerNoContextTakeover: true}, "permessage-deflate", false},
	} {
		codec, err := tc.offer.Accept(tc.answer)
		if (err == nil) != tc.legal || (codec != nil) != (tc.legal && tc.answer != "") {
			t.Errorf("offer %q, answer %q: %v, codec %t", tc.offer.Offer(), tc.answer, err, codec != nil)
		}
	}
}

// The slow inflater agrees with the standard library about what it says, and knows better about distances.
func TestInflate(t *testing.T) {
	r := rand.New(rand.NewPCG(1951, 7692))
	for level := -2; level <= 9; level++ {
		for _, size := range []int{0, 1, 100, 5000, 40_000} {
			in := make([]byte, 0, size+100)
			for len(in) < size {
				if n := 1 + r.IntN(60); len(in) > n && r.IntN(3) > 0 {
					from := r.IntN(len(in) - n)
					in = append(in, in[from:from+n]...)
				} else {
					in = append(in, byte(r.IntN(256)))
				}
			}
			in = in[:size]
			var b bytes.Buffer
			w, err := flate.NewWriter(&b, level)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.Write(in)
			_ = w.Flush()
			out, err := exam.Inflate(bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff}), nil, 1<<15)
			if err != nil || !bytes.Equal(out, in) {
				t.Fatalf("level %d, %d bytes: %d bytes, %v", level, size, len(out), err)
			}
		}
	}
	// "Hello" at a distance of 1000, and one byte too far.
	var b bytes.Buffer
	in := append(append([]byte("Hello, weir"), bytes.Repeat([]byte("."), 989)...), "Hello, weir"...)
	w, _ := flate.NewWriter(&b, 9)
	_, _ = w.Write(in)
	_ = w.Flush()
	payload := bytes.TrimSuffix(b.Bytes(), []byte{0, 0, 0xff, 0xff})
	for window, legal := range map[int]bool{1000: true, 999: false} {
		if _, err := exam.Inflate(payload, nil, window); (err == nil) != legal {
			t.Errorf("a distance of 1000 in a window of %d: %v", window, err)
		}
	}
}

// TestDeflateNotSpoken shows that a server which accepts compression and does not do it is found out.
func TestDeflateNotSpoken(t *testing.T) {
	o := exam.Options{Sections: []string{exam.Deflate}, Match: regexp.MustCompile("/(example|frames)/")}
	report, err := exam.Run(t.Context(), exam.Target{URL: serve(t, "accepts every extension")}, exam.Cases(o), o)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, failed := report.Tally(exam.Deflate); failed == 0 || ok > failed {
		t.Errorf("%d cases are OK, %d failed", ok, failed)
	}
}

// TestCoderAgreesAboutDeflate puts the section to a server written by others. It knows no windows but the largest, and does not
// look for what stands behind a final block.
func TestCoderAgreesAboutDeflate(t *testing.T) {
	for name, mode := range map[string]websocket.CompressionMode{"kept": websocket.CompressionContextTakeover, "not kept": websocket.CompressionNoContextTakeover} {
		srv := httptest.NewServer(coderEcho(&websocket.AcceptOptions{CompressionMode: mode, CompressionThreshold: 1}))
		defer srv.Close()
		target := exam.Target{URL: strings.Replace(srv.URL, "http", "ws", 1)}
		o := exam.Options{Sections: []string{exam.Deflate}, MaxMessage: 16 << 10,
			Match: regexp.MustCompile("/(example/(one-block|stored|two-blocks|empty/|sharing)|frames/|sequence/[0-9]*/|sequence/[14]KiB/|offer/permessage-deflate(;(server|client)_no_context_takeover)*$)")}
		report, err := exam.Run(t.Context(), target, exam.Cases(o), o)
		if err != nil {
			t.Fatal(err)
		}
		t.Log(report)
		for _, res := range report.Bad() {
			if res.Verdict == exam.Failed {
				t.Errorf("windows %s: %v", name, res)
			}
		}
	}
}

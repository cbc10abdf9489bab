package exam_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/weir-ws/weir/engine/exam"
)

// flipExtension inverts every byte and marks the message by RSV1: what
// compression needs of the exam, without the compression.
type flipExtension struct{}

func (flipExtension) Offer() string { return "x-flip" }

func (flipExtension) Accept(response string) (exam.Codec, error) {
	switch response {
	case "":
		return nil, nil
	case "x-flip":
		return flipCodec{}, nil
	}
	return nil, fmt.Errorf("extension %q was not offered", response)
}

type flipCodec struct{}

func (flipCodec) RSV() byte { return 4 }

func (flipCodec) Encode(content []byte) ([]byte, byte, error) { return flip(content), 4, nil }

func (flipCodec) Decode(payload []byte, _ byte) ([]byte, error) { return flip(payload), nil }

func flip(b []byte) []byte {
	out := make([]byte, len(b))
	for i, c := range b {
		out[i] = ^c
	}
	return out
}

// TestExtension shows that the exam can be sat through an extension: by a
// server that speaks it, by one that declines it, and that one which accepts
// but does not speak it is found out.
func TestExtension(t *testing.T) {
	o := exam.Options{
		MaxMessage: 1 << 20,
		Match:      regexp.MustCompile("^(framing|ping|reserved|fragmentation|close|handshake)/|^limits/(one-frame|sequence/pipelined)"),
	}
	t.Run("spoken", func(t *testing.T) {
		exam.Test(t, exam.Target{URL: serve(t, "speaks the toy extension"), Extension: flipExtension{}}, o)
	})
	o.Sections = []string{exam.Framing, exam.Reserved}
	t.Run("declined", func(t *testing.T) {
		exam.Test(t, exam.Target{URL: serve(t), Extension: flipExtension{}}, o)
	})
	t.Run("not spoken", func(t *testing.T) {
		report, err := exam.Run(t.Context(), exam.Target{URL: serve(t, "accepts every extension"), Extension: flipExtension{}}, exam.Cases(o), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, failed := report.Tally(exam.Framing); failed == 0 {
			t.Error("no case of framing failed")
		}
	})
}

package edgecases

import (
	"net/http"
	"slices"
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

const offer = "Sec-WebSocket-Extensions: permessage-deflate"

// hello is the compressed payload of "Hello" (RFC 7692 7.2.3.1).
var hello = []byte{0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00}

// packed is a whole compressed frame as a client sends it.
func packed(op frame.Op, payload []byte) []byte {
	return frame.AppendFrame(nil, frame.Header{Fin: true, RSV: frame.RSV1, Op: op, Masked: true, Key: key}, payload)
}

// squeeze compresses s.
func squeeze(s string) []byte { return frame.NewDeflater(9).Append(nil, []byte(s), nil, 15) }

// Deflates are the cases of permessage-deflate.
func Deflates() (cs []Case) {
	on := func(c *engine.Config) { c.Compression.Enabled = true }
	add := func(row, name string, code frame.Status, in ...[]byte) *Case {
		cs = append(cs, Case{Name: name, Row: row, Input: append(Request(offer), slices.Concat(in...)...), Status: 101, Code: code, Config: on,
			Header: http.Header{"Sec-Websocket-Extensions": {"permessage-deflate; server_no_context_takeover; client_no_context_takeover"}}})
		return &cs[len(cs)-1]
	}
	empty := func(b0 byte) []byte { return []byte{b0, 0x80, 0, 0, 0, 0} } // MASK, length 0, key

	// RSV1 where it is agreed on, and where it is not.
	add(RowMaskRSV, "a compressed message", 0, packed(frame.OpText, hello)).Frames = texts("Hello")
	add(RowMaskRSV, "not compressed, though it might be", 0, text("Hello"), packed(frame.OpText, hello)).Frames = texts("Hello", "Hello")
	add(RowMaskRSV, "compressed, in fragments", 0,
		frame.AppendFrame(nil, frame.Header{RSV: frame.RSV1, Op: frame.OpText, Masked: true, Key: key}, hello[:3]),
		Masked(frame.OpPing, []byte("between")), part(frame.OpContinuation, ""), Masked(frame.OpContinuation, hello[3:])).
		Frames = []Frame{{frame.OpPong, []byte("between")}, {frame.OpText, []byte("Hello")}}
	add(RowMaskRSV, "RSV1 on a continuation, compression agreed on", 1002, part(frame.OpText, "a"), empty(0xc0)) // FIN RSV1 continuation
	add(RowMaskRSV, "RSV1 on a later fragment of a compressed message", 1002,
		frame.AppendFrame(nil, frame.Header{RSV: frame.RSV1, Op: frame.OpText, Masked: true, Key: key}, hello[:3]), empty(0xc0))
	add(RowMaskRSV, "RSV1 on a ping, compression agreed on", 1002, empty(0xc9))
	add(RowMaskRSV, "RSV1 on a close, compression agreed on", 1002, empty(0xc8))
	add(RowMaskRSV, "RSV1 and RSV2, compression agreed on", 1002, empty(0xe1))
	add(RowMaskRSV, "RSV3, compression agreed on", 1002, empty(0x91))
	none := add(RowMaskRSV, "RSV1, compression not offered", 1002, nil)
	none.Input, none.Header = after(packed(frame.OpText, hello)), nil
	off := add(RowMaskRSV, "RSV1, compression offered and switched off", 1002, packed(frame.OpText, hello))
	off.Config, off.Header = nil, nil

	// What inflates to too much.
	limited := func(c *engine.Config) { on(c); c.MaxMessage = 300 }
	x300 := strings.Repeat("x", 300)
	sized := func(name string, code frame.Status, cfg func(*engine.Config), in ...[]byte) *Case {
		c := add(RowTooBig, name, code, in...)
		c.Config = cfg
		return c
	}
	sized("300 bytes of 300, inflated", 0, limited, packed(frame.OpText, squeeze(x300))).Frames = texts(x300)
	sized("301 bytes of 300, inflated", 1009, limited, packed(frame.OpText, squeeze(x300+"x")))
	sized("301 bytes of 300, behind a good one", 1009, limited, packed(frame.OpText, hello), packed(frame.OpText, squeeze(x300+"x"))).Frames = texts("Hello")
	sized("a bomb of 16 MiB", 1009, on, packed(frame.OpBinary, squeeze(strings.Repeat("\x00", 16<<20))))
	sized("a ratio over the cap, and the size under it", 1009, on, packed(frame.OpBinary, squeeze(strings.Repeat("\x00", 300<<10))))
	sized("compressed, but declared over the limit and an eighth", 1009, limited,
		frame.AppendHeader(nil, frame.Header{Fin: true, RSV: frame.RSV1, Op: frame.OpText, Masked: true, Key: key, Length: 300 + 300/8 + 64 + 1}))

	// What is no DEFLATE data, or no text.
	for name, payload := range map[string][]byte{
		"no data at all":                {},
		"block type 3":                  {0x06},
		"cut inside a block":            hello[:4],
		"a distance before the message": {0xf2, 0x00, 0x11, 0x00, 0x00},
		"a stored length not confirmed": {0x00, 0x05, 0x00, 0xfa, 0xfe, 'H', 'e', 'l', 'l', 'o', 0x00},
		"garbage":                       []byte("Hello, this is not compressed at all"),
	} {
		add(RowDeflate, name, 1007, packed(frame.OpText, payload))
	}
	add(RowDeflate, "garbage behind a good message", 1007, packed(frame.OpText, hello), packed(frame.OpText, []byte("garbage"))).Frames = texts("Hello")
	add(RowDeflate, "a window kept though none was agreed on", 1007,
		packed(frame.OpText, hello), packed(frame.OpText, []byte{0xf2, 0x00, 0x11, 0x00, 0x00})).Frames = texts("Hello")
	add(RowDeflate, "BFINAL", 0, packed(frame.OpText, []byte{0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00})).Frames = texts("Hello")
	add(RowUTF8, "compressed", 1007, packed(frame.OpText, squeeze("\xff")))
	add(RowUTF8, "compressed, cut off at the end", 1007, packed(frame.OpText, squeeze("\xe2\x82")))
	add(RowUTF8, "compressed binary may be anything", 0, packed(frame.OpBinary, squeeze("\xff"))).Frames = []Frame{{frame.OpBinary, []byte("\xff")}}

	cs = append(cs, badOffers(on)...)
	return cs
}

// badOffers are declined, so what is then compressed is a violation; or another offer beside them is accepted.
func badOffers(on func(*engine.Config)) (cs []Case) {
	request := func(value string) []byte { return Request("Sec-WebSocket-Extensions: " + value) }
	for _, p := range []string{
		"unknown", "unknown=1", "server_no_context_takeover=1", "client_no_context_takeover=0", "server_max_window_bits",
		"server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=08", "client_max_window_bits=16",
		"client_max_window_bits=1000000", "server_no_context_takeover; server_no_context_takeover", "client_max_window_bits; client_max_window_bits=9",
	} {
		declined := "permessage-deflate; " + p
		cs = append(cs,
			Case{Row: RowOffers, Name: p + ": declined", Config: on, Status: 101, Input: append(request(declined), text("plain")...), Frames: texts("plain")},
			Case{Row: RowOffers, Name: p + ": and meant so", Config: on, Status: 101, Input: append(request(declined), packed(frame.OpText, hello)...), Code: 1002},
			Case{Row: RowOffers, Name: p + ": the next offer is accepted", Config: on, Status: 101,
				Input:  append(request(declined+", permessage-deflate; server_max_window_bits=9"), packed(frame.OpText, hello)...),
				Frames: texts("Hello"),
				Header: http.Header{"Sec-Websocket-Extensions": {"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9"}}})
	}
	for _, malformed := range []string{"permessage-deflate;", "permessage-deflate; a b", `permessage-deflate; client_max_window_bits="1 0"`, "=, permessage-deflate"} {
		cs = append(cs, Case{Row: RowOffers, Name: "not in the grammar: " + malformed, Config: on, Status: 400, Input: request(malformed)})
	}
	return cs
}

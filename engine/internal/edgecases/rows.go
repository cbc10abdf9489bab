package edgecases

// The rows of the table: Handshake, then Frames.
const (
	RowMethod      = "not GET on the WebSocket path"
	RowVersion     = "HTTP/1.0 or lower, HTTP/1.9, malformed request line"
	RowSyntax      = "missing or repeated Host; space before a colon; obs-fold; bare LF; NUL; a body or Transfer-Encoding"
	RowKey         = "missing, repeated or non-16-byte-base64 Sec-WebSocket-Key; missing Upgrade/Connection token"
	RowTokens      = "`Upgrade: h2c, websocket`, `Connection: keep-alive, Upgrade`, any letter case"
	RowWSVersion   = "Sec-WebSocket-Version missing or not 13"
	RowHeadSize    = "head over 8 KiB or over 100 headers"
	RowHeadTime    = "head not complete 5 s after connect, one byte at a time or none"
	RowOrigin      = "Origin not allowed (default: same host as Host; allow-list with wildcards)"
	RowPipelined   = "bytes pipelined behind the handshake"
	RowCap         = "over the global or per-address cap or rate"
	RowReject      = "handler rejects"
	RowMaskRSV     = "unmasked frame; RSV2/RSV3; RSV1 without negotiated deflate, on a control or a continuation frame"
	RowHeader      = "reserved opcode; non-minimal length; 64-bit length with the top bit set"
	RowOrder       = "control frame over 125 bytes or fragmented; continuation without a start; new data frame inside a message"
	RowClose       = "close payload of 1 byte; code 0-999, 1004-1006, 1015-2999, >= 5000 (1012-1014 are valid)"
	RowUTF8        = "invalid UTF-8 in text (found incrementally, across fragments) or in a close reason"
	RowTooBig      = "declared or accumulated size over the limit (before allocation), or inflated size / ratio over the cap"
	RowDeflate     = "corrupt deflate data"
	RowFragments   = "more than 1024 fragments in a message while they average under 32 bytes"
	RowFlood       = "floods of pings, pongs, empty messages, tiny fragments; of messages or bytes (off by default)"
	RowUnsupported = "binary where only text makes sense (and the reverse)"
	RowPanic       = "handler panic"
	RowSlow        = "slow consumer past the hard limit or the write deadline"
	RowGoingAway   = "server going away / restarting"
	RowOffers      = "offers of permessage-deflate with unknown, repeated or out-of-range parameters"
	RowUnanswered  = "no answer to our close frame within 5 s"
)

// Rows are the rows that have cases here.
func Rows() []string {
	return []string{
		RowMethod, RowVersion, RowSyntax, RowKey, RowTokens, RowWSVersion, RowHeadSize, RowOrigin, RowPipelined, RowCap, RowReject,
		RowMaskRSV, RowHeader, RowOrder, RowClose, RowUTF8, RowTooBig, RowDeflate, RowFragments, RowFlood, RowUnsupported, RowPanic, RowOffers,
	}
}

// Timed are the rows that time decides, or how slowly a client reads.
func Timed() []string { return []string{RowHeadTime, RowSlow, RowGoingAway, RowUnanswered} }

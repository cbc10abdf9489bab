package exam

// Extension lets the same cases be sat with an extension, compression above all ([DeflateOffer]): it offers an extension in every opening handshake, and
// translates whole messages from there on. Echoes are compared after decoding.
// Cases about single frames go on sending plain frames, which every extension
// that marks its messages by an RSV bit allows.
type Extension interface {
	// Offer is the value of the Sec-WebSocket-Extensions header of the request.
	Offer() string
	// Accept is called once a connection with the server's
	// Sec-WebSocket-Extensions header; it is "" when the server declined. A
	// nil Codec means that messages stay as they are; an error fails the case.
	Accept(response string) (Codec, error)
}

// Codec translates the messages of one connection. Encode is called on the
// goroutine of the case, Decode on the one that reads.
type Codec interface {
	// RSV is the set of bits (4: RSV1, 2: RSV2, 1: RSV3) that the first frame
	// of a data message may carry. The cases about reserved bits leave it out.
	RSV() byte
	// Encode turns a message into a frame payload and its RSV bits.
	Encode(content []byte) (payload []byte, rsv byte, err error)
	// Decode turns the payload of a whole message, whose first frame carried
	// rsv (never 0), into the message.
	Decode(payload []byte, rsv byte) (content []byte, err error)
}

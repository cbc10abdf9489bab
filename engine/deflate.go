package engine

import (
	"net/http"

	"github.com/weir-ws/weir/frame"
)

// Compression is how an engine speaks permessage-deflate (RFC 7692) with clients that offer it. The zero value is off: the
// extension is not negotiated then, and costs nothing.
//
// Without context takeover, which is the default on both sides, a connection that negotiated it costs no memory while it is idle, and
// a message to many is compressed once. Context takeover makes similar small messages smaller, at this price: a window per connection
// and direction, of up to 32 KiB as it fills; and, on our side, a compression per message and connection that begins with
// reading that window (20 us at level 1 for 32 KiB), so that a broadcast to 1,000 such connections is compressed 1,000 times.
// Smaller windows lower both.
//
// Compressed secrets beside text that an attacker chooses can be guessed by the length of the message. Keep them apart, or refuse
// compression where they are sent (Accept.NoCompression).
type Compression struct {
	// Enabled turns it on.
	Enabled bool
	// Level is from 1 (fastest; what 0 stands for) to 9 (smallest; a sixth smaller and 12 times as slow on JSON). A loop has 0.8 MB
	// of working memory for it at level 1, 1.4 MB at most.
	Level int
	// Threshold is the size in bytes from which messages are compressed (0: 512; negative: all). Smaller ones gain little.
	Threshold int
	// ServerContextTakeover keeps our window between messages for clients that don't ask us not to.
	ServerContextTakeover bool
	// ClientContextTakeover lets clients keep theirs.
	ClientContextTakeover bool
	// ServerWindowBits bounds the window of what we send, ClientWindowBits that of clients with context takeover, to
	// 1<<bits bytes (0: 15; 8 to 15). A client that can't be told a window below 15 may not keep its own.
	// Clients may ask us for a smaller one too: what they are sent is then compressed once per loop and size, with
	// another 1.5 MB for each of up to four sizes.
	ServerWindowBits, ClientWindowBits int
	// MaxRatio is how many bytes each compressed byte of a message may inflate to, beyond 64 KiB (0: 200; negative: no limit);
	// more closes with 1009. MaxMessage bounds the inflated message whatever its ratio.
	MaxRatio int
}

func (c Compression) withDefaults() Compression {
	orInt(&c.Level, 1)
	orInt(&c.Threshold, 512)
	orInt(&c.ServerWindowBits, frame.MaxWindowBits)
	orInt(&c.ClientWindowBits, frame.MaxWindowBits)
	orInt(&c.MaxRatio, 200)
	return c
}

func (c *Compression) validate(bad func(cond bool, field, why string)) {
	bad(c.Level < 1 || c.Level > 9, "Compression.Level", "must be from 1 to 9")
	for _, f := range []struct {
		name string
		bits int
	}{{"Compression.ServerWindowBits", c.ServerWindowBits}, {"Compression.ClientWindowBits", c.ClientWindowBits}} {
		bad(f.bits < frame.MinWindowBits || f.bits > frame.MaxWindowBits, f.name, "must be from 8 to 15")
	}
}

func (c *Compression) policy() frame.DeflatePolicy {
	return frame.DeflatePolicy{
		ServerContextTakeover: c.ServerContextTakeover, ClientContextTakeover: c.ClientContextTakeover,
		ServerWindowBits: c.ServerWindowBits, ClientWindowBits: c.ClientWindowBits,
	}
}

// agreement is what an accepted handshake has negotiated; the zero value is: no compression.
type agreement struct {
	frame.Deflate
	answer string // the value of Sec-WebSocket-Extensions; "": none
}

// negotiate looks for an offer of compression that suits us.
func (e *Engine) negotiate(r *http.Request, a *Accept) *HTTPError {
	if !e.cfg.Compression.Enabled {
		return nil
	}
	d, answer, _, err := e.cfg.Compression.policy().Negotiate(r.Header["Sec-Websocket-Extensions"])
	if err != nil {
		return badRequest(err.Error())
	}
	if !a.NoCompression {
		a.deflate = agreement{d, answer}
	}
	return nil
}

// agree puts the connection under what was negotiated.
func (c *Conn) agree(a agreement) {
	if a.answer == "" {
		return
	}
	private := !a.ServerNoContextTakeover || a.ServerMaxWindowBits < frame.MaxWindowBits
	if private {
		c.flags |= flagPrivate
	} else {
		c.flags |= flagShared
	}
	if private || !a.ClientNoContextTakeover {
		w := &windows{serverBits: uint8(a.ServerMaxWindowBits), serverKeeps: !a.ServerNoContextTakeover}
		if !a.ClientNoContextTakeover {
			// zlib before 1.2.9 took a window of 8 bits for one of 9, and did not say so.
			w.clientBits = uint8(max(a.ClientMaxWindowBits, frame.MinWindowBits+1))
		}
		c.more().windows = w
	}
}

// windows is what a connection has of compression beyond two flags: most have none.
type windows struct {
	serverBits  uint8
	clientBits  uint8 // 0: no context takeover
	serverKeeps bool
	sent, got   []byte // the last of what was compressed, on either way, as far as it is kept
}

// codec is what a loop has for all its connections with compression.
type codec struct {
	loop      *Loop
	threshold int
	limits    frame.InflateLimits

	deflater *frame.Deflater // nil before the first use
	packed   []byte          // what it makes, before it is known whether that pays
	casts    map[cast]*frame.Message

	near frame.Inflater // for what is inflated at once
	far  frame.Inflater // for what is inflated apart from the loop, one message at a time
	line []*inflation   // those messages; the first is under way

	used bool // something was inflated since the last tick

	inLeft, outLeft int // bytes that this read may still have inflated at once: compressed, and what comes out
}

// cast names the form of a message for connections with a small window.
type cast struct {
	m    *frame.Message
	bits uint8
}

// castsKept is how many of those forms a loop remembers within a turn.
const castsKept = 256

func newCodec(l *Loop) *codec {
	cfg := &l.e.cfg.Compression
	return &codec{
		loop: l, threshold: max(0, cfg.Threshold),
		limits: frame.InflateLimits{MaxMessage: l.e.cfg.MaxMessage, MaxRatio: max(0, cfg.MaxRatio)},
	}
}

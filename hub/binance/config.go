package binance

import (
	"net/http"
	"time"
)

// MaxStreams is the most streams of one connection, as at the exchange.
const MaxStreams = 1024

// MaxRequest is the longest request in bytes: MaxStreams names of 60 bytes.
const MaxRequest = 64 << 10

// Config sets up [Streams]. The zero value lets everybody have every channel.
//
// Permit and Known run on the connection's loop, which holds thousands of other connections: they must not block.
type Config struct {
	// Authenticate decides, at the upgrade, who the client is; what it returns is the user for Permit. Its error refuses the
	// upgrade: an *engine.HTTPError as it stands, any other with 500. nil: everybody may connect, the user is nil.
	Authenticate func(*http.Request) (user any, err error)

	// Permit says whether the user may have the stream. In a URL one that is forbidden refuses the upgrade with 403, in a
	// SUBSCRIBE it is an error. nil: everybody may.
	Permit func(user any, stream string) bool

	// Known says whether there is such a stream. One that there is not is left out without a word, as at the exchange. nil: every
	// legal name is one.
	Known func(stream string) bool

	// Expires says until when the user may stay; then the connection is closed with 3000, within a second. It is asked when the connection
	// opens, not about the user nil. nil, or the zero time: for ever.
	Expires func(user any) time.Time

	// Now is the clock of Expires. nil: time.Now.
	Now func() time.Time
}

package feed

import (
	"net/http"
	"strings"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// Names of this protocol in a WebSocket handshake. A client need not offer one; then it gets JSON.
const (
	Subprotocol        = "weir.v1"         // JSON in text messages
	SubprotocolMsgpack = "weir.v1.msgpack" // MessagePack in binary messages; requests are JSON all the same
)

// form is the feed as some of its connections get it. Sessions point to it in place of the feed, so that the way of a fan-out finds the
// encoding without a question.
type form struct {
	*Feed
	message, shown *envelope
}

// forms are those that there are. The feed points to them, because its counters change all the time, and these never do.
type forms [4]form

const (
	formPacked = 1 << iota
	formTimes
)

func newForms(f *Feed) *forms {
	fs := &forms{0: {f, jsonMessage, jsonShown}, formPacked: {f, packedMessage, packedShown}}
	for i := range formTimes {
		message, shown := *fs[i].message, *fs[i].shown
		message.now, shown.now = f.cfg.Now, f.cfg.Now
		fs[i|formTimes] = form{f, &message, &shown}
	}
	return fs
}

func (f *Feed) plain() *form { return &f.forms[0] }

// of returns the form for a subprotocol, "" for none.
func (fs *forms) of(protocol string, times bool) *form {
	i := 0
	if protocol == SubprotocolMsgpack {
		i |= formPacked
	}
	if times {
		i |= formTimes
	}
	return &fs[i]
}

// write returns an answer, which is JSON, as the connection gets it; one that is written anew is appended to dst.
func (f *form) write(dst, answer []byte) (frame.Op, []byte) {
	if !f.message.packed {
		return frame.OpText, answer
	}
	return frame.OpBinary, packJSON(dst, answer)
}

// negotiated returns the first subprotocol of the client's that is one of ours; "": there is none. RFC 6455 11.3.4: the header "MAY appear
// multiple times in an HTTP request (which is logically the same as a single [...] header field that contains all values)", and 4.1: they
// are "ordered by preference".
func negotiated(r *http.Request) string {
	for _, line := range r.Header["Sec-Websocket-Protocol"] {
		for p := range strings.SplitSeq(line, ",") {
			switch p = strings.Trim(p, " \t"); p {
			case Subprotocol, SubprotocolMsgpack:
				return p
			}
		}
	}
	return ""
}

// wantsTimes reads the URL's times. It asks for little of a URL that has no query, as most.
func wantsTimes(r *http.Request) (bool, error) {
	if r.URL.RawQuery == "" {
		return false, nil
	}
	switch v := r.URL.Query()["times"]; {
	case len(v) == 0 || len(v) == 1 && v[0] == "0":
		return false, nil
	case len(v) == 1 && v[0] == "1":
		return true, nil
	}
	return false, &engine.HTTPError{Status: http.StatusBadRequest, Body: "times in the URL is 0 or 1, once\n"}
}

// slot spreads what different forms write over the slots of a slowLoop.
func (e *envelope) slot() (n uint64) {
	if e.packed {
		n = 1 << 8
	}
	if e.now != nil {
		n |= 1 << 9
	}
	return n
}

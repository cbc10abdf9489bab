package feed

import (
	"io"
	"net/http"
	"time"
	"unicode/utf8"
)

// PublisherConfig sets up a [Publisher]. The zero value is ready for use.
type PublisherConfig struct {
	// Authenticate decides who the publisher is, for Config.PermitPublish. Its error is answered as
	// Config.Authenticate's is, in JSON. nil: Config.Authenticate.
	Authenticate func(*http.Request) (user any, err error)

	// MaxBody bounds the body of a request, in bytes; a longer one is answered with 413. 0: 8 MiB.
	// Negative: no bound.
	MaxBody int64

	// MaxLines bounds the messages of one batch; what is behind them is not published, and the answer is
	// 413. The answers to a batch are held in memory until it ends, at most some 500 bytes each. 0: 10,000.
	// Negative: no bound.
	MaxLines int

	// ReadTimeout is how long the body may stand still, so that a batch may take as long as it
	// goes on. 0: 30 s. Negative: as long as the server allows.
	ReadTimeout time.Duration
}

// DefaultMaxBody and DefaultMaxLines are what PublisherConfig's fields of these names mean when they are 0.
const (
	DefaultMaxBody  = 8 << 20
	DefaultMaxLines = 10_000
)

const defaultReadTimeout = 30 * time.Second

// Publisher takes messages in over HTTP: POST, one JSON object (application/json) or one a line
// (application/x-ndjson), with the fields of a publish request. Each is answered as that request is on a
// WebSocket connection; docs/protocol.md has the whole of it. A batch is published as it arrives, and never
// held in memory as a whole. It is an [http.Handler] for any path of any server. Make one with [Feed.Publisher].
type Publisher struct {
	feed *Feed
	cfg  PublisherConfig
}

// Publisher returns a handler that publishes to the feed's channels as Config.PermitPublish allows.
func (f *Feed) Publisher(cfg PublisherConfig) *Publisher {
	if cfg.Authenticate == nil {
		cfg.Authenticate = f.cfg.Authenticate
	}
	if cfg.MaxBody == 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.ReadTimeout == 0 {
		cfg.ReadTimeout = defaultReadTimeout
	}
	if cfg.MaxLines == 0 {
		cfg.MaxLines = DefaultMaxLines
	}
	return &Publisher{feed: f, cfg: cfg}
}

const (
	typeJSON   = "application/json"
	typeNDJSON = "application/x-ndjson"
)

// ServeHTTP implements [http.Handler]. It may run in any number of goroutines.
func (h *Publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := &patient{ReadCloser: r.Body, w: http.NewResponseController(w), each: h.cfg.ReadTimeout}
	in.extend() // also for a body that nobody will read but net/http, which looks for the next request behind it
	user, kind, flt := h.admit(w, r)
	if flt != nil {
		h.feed.errors.Add(1)
		reply(w, flt.status, typeJSON, appendError(nil, &flt.fault, nil, nil))
		return
	}
	body := io.ReadCloser(in)
	if h.cfg.MaxBody > 0 {
		body = http.MaxBytesReader(w, body, h.cfg.MaxBody)
	}
	if kind == typeNDJSON {
		h.batch(w, r, user, body)
		return
	}
	h.single(w, r, user, body)
}

// single publishes one message.
func (h *Publisher) single(w http.ResponseWriter, r *http.Request, user any, body io.Reader) {
	max := h.feed.cfg.MaxRequest
	if max > 0 {
		body = io.LimitReader(body, int64(max)+1)
	}
	p, err := io.ReadAll(body)
	status, answer := http.StatusOK, []byte(nil)
	if err != nil {
		status, answer = h.unread(err)
	} else {
		var flt *fault
		if answer, flt = h.publish(r, user, nil, p); flt != nil {
			status = statusOf(flt.code)
		}
	}
	reply(w, status, typeJSON, answer)
}

// publish carries out one message of the body and appends its answer.
func (h *Publisher) publish(r *http.Request, user any, dst, p []byte) ([]byte, *fault) {
	f := h.feed
	if !utf8.Valid(p) {
		// RFC 8259 8.1: JSON text exchanged between systems "MUST be encoded using UTF-8". A WebSocket text is so already.
		return h.fail(dst, &fault{CodeBadJSON, "the message is not valid UTF-8"}, nil)
	}
	req, flt := parseAs(p, f.cfg.MaxRequest, []byte(`"publish"`))
	if flt != nil {
		return h.fail(dst, flt, req.id)
	}
	if req.verb != verbPublish {
		return h.fail(dst, &fault{CodeUnknownType, "type must be publish here, or left out"}, req.id)
	}
	channel := unquote(req.channels)
	pos, flt := f.takeIn(r.Context(), user, channel, &req.publication)
	return f.outcome(dst, channel, &req, pos, flt), flt
}

func (h *Publisher) fail(dst []byte, flt *fault, id []byte) ([]byte, *fault) {
	h.feed.errors.Add(1)
	return appendError(dst, flt, nil, id), flt
}

package feed

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/weir-ws/weir/engine"
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
}

// DefaultMaxBody and DefaultMaxLines are what PublisherConfig's fields of these names mean when they are 0.
const (
	DefaultMaxBody  = 8 << 20
	DefaultMaxLines = 10_000
)

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
	user, kind, flt := h.admit(w, r)
	if flt != nil {
		h.feed.errors.Add(1)
		reply(w, flt.status, typeJSON, appendError(nil, &flt.fault, nil, nil))
		return
	}
	body := r.Body
	if h.cfg.MaxBody > 0 {
		body = http.MaxBytesReader(w, body, h.cfg.MaxBody)
	}
	if kind == typeNDJSON {
		h.batch(w, r, user, body)
		return
	}
	h.single(w, r, user, body)
}

// httpFault is a fault with the status of its answer.
type httpFault struct {
	status int
	fault
}

// admit judges a request by its head. The publisher's rights come before what its body is: whoever may not
// publish learns nothing else.
func (h *Publisher) admit(w http.ResponseWriter, r *http.Request) (user any, kind string, flt *httpFault) {
	no := func(status int, code Code, message string) (any, string, *httpFault) {
		return nil, "", &httpFault{status, fault{code, message}}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return no(http.StatusMethodNotAllowed, CodeBadRequest, "to publish is a POST request")
	}
	if h.cfg.Authenticate != nil {
		var err error
		if user, err = h.cfg.Authenticate(r); err != nil {
			return nil, "", denied(w, err)
		}
	}
	if h.feed.cfg.PermitPublish == nil {
		return no(http.StatusForbidden, CodeNotPermitted, "nothing may be published to this server")
	}
	if c := r.Header.Get("Content-Encoding"); c != "" && !strings.EqualFold(c, "identity") {
		// RFC 9110 15.5.16: a 415 for an unsupported coding should say in Accept-Encoding which are.
		w.Header().Set("Accept-Encoding", "identity")
		return no(http.StatusUnsupportedMediaType, CodeBadRequest, "the body is compressed; send it as it is")
	}
	if kind = mediaType(r); kind == "" {
		w.Header().Set("Accept-Post", typeJSON+", "+typeNDJSON)
		return no(http.StatusUnsupportedMediaType, CodeBadRequest, "Content-Type must be "+typeJSON+" for one message, or "+typeNDJSON+" for one a line, in UTF-8")
	}
	if h.cfg.MaxBody > 0 && r.ContentLength > h.cfg.MaxBody {
		return no(http.StatusRequestEntityTooLarge, CodeTooBig, fmt.Sprintf("a body has at most %d bytes; this one has %d", h.cfg.MaxBody, r.ContentLength))
	}
	return user, kind, nil
}

// mediaType is that of the body if it is one of ours, else "". Neither can be sent by a page of another
// origin without being asked first (a CORS preflight, which nobody here answers).
func mediaType(r *http.Request) string {
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != typeJSON && kind != typeNDJSON {
		return ""
	}
	if c, ok := params["charset"]; ok && !strings.EqualFold(c, "utf-8") {
		return ""
	}
	return kind
}

// denied is the answer to an error of Authenticate.
func denied(w http.ResponseWriter, err error) *httpFault {
	var he *engine.HTTPError
	if !errors.As(err, &he) || he == nil {
		slog.Error("feed: Authenticate failed; the publisher got 500", "err", err)
		return &httpFault{http.StatusInternalServerError, fault{CodeUnavailable, "internal error"}}
	}
	for name, values := range he.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	code := CodeBadRequest
	switch {
	case he.Status == http.StatusUnauthorized:
		code = CodeUnauthorized
	case he.Status == http.StatusForbidden:
		code = CodeNotPermitted
	case he.Status >= 500:
		code = CodeUnavailable
	}
	return &httpFault{he.Status, fault{code, strings.TrimSpace(he.Body)}}
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

// unread is the answer when the body could not be read to its end.
func (h *Publisher) unread(err error) (status int, answer []byte) {
	status, flt := http.StatusBadRequest, fault{CodeBadRequest, "the body ended before its end, or too late"}
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		status, flt = http.StatusRequestEntityTooLarge, fault{CodeTooBig, fmt.Sprintf("a body has at most %d bytes", tooBig.Limit)}
	}
	answer, _ = h.fail(nil, &flt, nil)
	return status, answer
}

// statusOf is the status of an answer that is one error.
func statusOf(code Code) int {
	switch code {
	case CodeTooBig:
		return http.StatusRequestEntityTooLarge
	case CodeNotPermitted, CodeForbidden:
		return http.StatusForbidden
	case CodeUnknownChannel:
		return http.StatusNotFound
	case CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// reply sends the whole answer, with a line feed at its end.
func reply(w http.ResponseWriter, status int, kind string, answer []byte) {
	if len(answer) > 0 && !bytes.HasSuffix(answer, []byte{'\n'}) {
		answer = append(answer, '\n')
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Length", strconv.Itoa(len(answer)))
	h.Set("Cache-Control", "no-store")
	if status == http.StatusServiceUnavailable && h.Get("Retry-After") == "" {
		h.Set("Retry-After", "1")
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer) // a publisher that has gone cannot be told
}

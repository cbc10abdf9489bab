package feed

import (
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"strings"

	"github.com/weir-ws/weir/engine"
)

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

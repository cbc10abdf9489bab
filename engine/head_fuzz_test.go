package engine

import (
	"bufio"
	"bytes"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"
)

// FuzzHead judges any bytes as the start of a connection. Its oracles: net/http's own parser, which must
// agree with whatever we accept and has no business accepting less than we do; a splitter
// written in the test, which knows nothing of either; and scanHead itself, fed in pieces.
func FuzzHead(f *testing.F) {
	for i, row := range handshakeRows {
		f.Add([]byte(row.in), uint16(i*7))
	}
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		whole := judge(string(in))
		at := int(cut) % (len(in) + 1)
		for _, pieces := range [][]int{{at}, {at / 2, at}, stride(len(in), 1+at%7)} {
			v := judge(string(in), pieces...)
			if v.status != whole.status || v.n != whole.n || v.next != whole.next || v.body != whole.body {
				t.Fatalf("cut at %v: %d %q (n %d, next %d), whole %d %q (n %d, next %d)", pieces,
					v.status, v.body, v.n, v.next, whole.status, whole.body, whole.n, whole.next)
			}
		}
		checkAnswer(t, whole)
		if whole.n == 0 {
			if whole.status == 0 && (len(in) >= defaultHeadBytes || bytes.Contains(in, []byte("\r\n\r\n"))) {
				t.Fatal("a complete head is called incomplete")
			}
			return
		}
		theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(in)))
		if whole.req == nil {
			return // what is wrong in ways net/http does not mind is in the tables
		}
		if err != nil {
			t.Fatalf("we accept what net/http does not: %v", err)
		}
		ours := whole.req
		if ours.Method != theirs.Method || ours.RequestURI != theirs.RequestURI || ours.Proto != theirs.Proto ||
			ours.Host != theirs.Host || ours.ContentLength != theirs.ContentLength || *ours.URL != *theirs.URL ||
			ours.Close != theirs.Close || len(ours.TransferEncoding) != len(theirs.TransferEncoding) || len(ours.Trailer) != len(theirs.Trailer) {
			t.Fatalf("ours %+v\ntheirs %+v", ours, theirs)
		}
		sameHeader(t, ours.Header, theirs.Header)
		sameHeader(t, ours.Header, splitByHand(t, in[:whole.n], ours))
	})
}

func stride(n, step int) (cuts []int) {
	for i := step; i < n; i += step {
		cuts = append(cuts, i)
	}
	return cuts
}

// checkAnswer makes the answer to v and has net/http read it.
func checkAnswer(t *testing.T, v verdict) {
	var out []byte
	switch v.status {
	case 0:
		return
	case 101:
		a := Accept{Header: http.Header{"X-Echo": v.req.Header["X-Echo"]}}
		if p := v.req.Header.Get("Sec-Websocket-Protocol"); isToken(p) {
			a.Subprotocol = p
		}
		var err error
		if out, err = appendAccept(nil, v.req, v.key, a); err != nil {
			t.Fatal(err)
		}
	default:
		out = appendReject(nil, &HTTPError{Status: v.status, Body: v.body, Header: v.header})
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(out)), v.req)
	if err != nil || resp.StatusCode != v.status {
		t.Fatalf("the answer %q is read as %v, %v", out, resp, err)
	}
}

// splitByHand reads the fields of a head that must be correct.
func splitByHand(t *testing.T, in []byte, r *http.Request) http.Header {
	lines := strings.Split(strings.TrimSuffix(string(in), "\r\n\r\n"), "\r\n")
	if parts := strings.Split(lines[0], " "); len(parts) != 3 || parts[0] != r.Method || parts[1] != r.RequestURI || parts[2] != r.Proto {
		t.Fatalf("request line %q was read as %q %q %q", lines[0], r.Method, r.RequestURI, r.Proto)
	}
	h := http.Header{}
	for _, l := range lines[1:] {
		name, value, ok := strings.Cut(l, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t\r\n\x00\"(),/:;<=>?@[\\]{}\x7f") || strings.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("%q passed as a header line", l)
		}
		name = textproto.CanonicalMIMEHeaderKey(name)
		h[name] = append(h[name], strings.Trim(value, " \t"))
	}
	if len(h["Host"]) != 1 && r.ProtoMinor == 1 {
		t.Fatalf("Host %q", h["Host"])
	}
	delete(h, "Host") // net/http moves it to Request.Host
	// and these to fields of its own, with what they mean
	if te := h["Transfer-Encoding"]; te != nil {
		if r.ProtoMinor == 1 && len(r.TransferEncoding) == 0 {
			t.Fatalf("Transfer-Encoding %q was forgotten", te)
		}
		delete(h, "Transfer-Encoding")
	}
	for _, moved := range []string{"Content-Length", "Trailer", "Cache-Control"} {
		if !slices.Equal(h[moved], r.Header[moved]) { // checked above against net/http itself
			h[moved] = r.Header[moved]
		}
	}
	return h
}

func sameHeader(t *testing.T, a, b http.Header) {
	for _, names := range []http.Header{a, b} {
		for name := range names {
			if !slices.Equal(a[name], b[name]) {
				t.Fatalf("%s: %q and %q", name, a[name], b[name])
			}
		}
	}
}

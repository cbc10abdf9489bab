package engine

import (
	"bytes"
	"net/http"
	"net/textproto"
	"net/url"
)

// parsePlain makes the request of a head like those browsers and libraries send to open a
// WebSocket: HTTP/1.1, a path as target, and no field that net/http gives a meaning beyond the header
// map. It returns nil for every other head; parseHead then asks net/http, whose answer is the
// same where both have one (FuzzHead holds it to that), at twice the cost.
//
// Every value is a string of its own, as with net/http: an application that keeps one does not
// keep the whole head with it.
func parsePlain(head []byte) *http.Request {
	line, rest := cutLine(head)
	method, line, _ := bytes.Cut(line, []byte{' '})
	target, version, _ := bytes.Cut(line, []byte{' '})
	if string(method) != http.MethodGet || string(version) != "HTTP/1.1" || target[0] != '/' {
		return nil
	}
	uri := string(target)
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil
	}
	fields := bytes.Count(rest, []byte{'\n'}) - 1
	values := make([]string, 0, fields) // one allocation for the value lists of all names
	header := make(http.Header, fields)
	host := ""
	for len(rest) > 2 { // the empty line
		line, rest = cutLine(rest)
		name, v, _ := bytes.Cut(line, []byte{':'})
		key := fieldKey(name)
		value := string(bytes.Trim(v, " \t"))
		switch key {
		case "Host":
			host = value
			continue
		case "Content-Length", "Transfer-Encoding", "Trailer":
			return nil // net/http reads them, and changes the map
		case "Connection":
			if hasToken([]string{value}, "close") {
				return nil // sets Request.Close
			}
		}
		if old, ok := header[key]; ok {
			header[key] = append(old, value)
			continue
		}
		values = append(values, value)
		header[key] = values[len(values)-1 : len(values) : len(values)]
	}
	if p := header["Pragma"]; len(p) > 0 && p[0] == "no-cache" && header["Cache-Control"] == nil {
		// RFC 7234 5.4: "treat Pragma: no-cache as if Cache-Control: no-cache had been sent"; net/http does.
		header["Cache-Control"] = []string{"no-cache"}
	}
	return &http.Request{Method: http.MethodGet, URL: u, RequestURI: uri, Host: host, Header: header, Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}
}

// fieldKey is the canonical form of a field's name. The names in every handshake are compared first, in the
// form RFC 6455 writes them in, which is not the canonical one; the lookup would allocate.
func fieldKey(name []byte) string {
	switch string(name) {
	case "Host":
		return "Host"
	case "Upgrade":
		return "Upgrade"
	case "Connection":
		return "Connection"
	case "Origin":
		return "Origin"
	case "Sec-WebSocket-Key":
		return "Sec-Websocket-Key"
	case "Sec-WebSocket-Version":
		return "Sec-Websocket-Version"
	case "Sec-WebSocket-Protocol":
		return "Sec-Websocket-Protocol"
	case "Sec-WebSocket-Extensions":
		return "Sec-Websocket-Extensions"
	}
	return textproto.CanonicalMIMEHeaderKey(string(name))
}

// cutLine cuts a head that scanHead passed, where every line feed ends a line and a carriage return stands before it.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexByte(b, '\n')
	return b[:i-1], b[i+1:]
}

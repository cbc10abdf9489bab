package exam

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
)

// acceptGUID is appended to the key before hashing (RFC 6455, 1.3 and 4.2.2).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// Request is the client's half of the opening handshake, free to be wrong.
type Request struct {
	Line   string   // the request line, without its line end
	Lines  []string // header lines in order, without line ends
	Key    string   // the Sec-WebSocket-Key that the accept value is checked against
	Behind []byte   // bytes written right behind the head, in the same write
	Chop   int      // bytes a TCP write; 0: all in one
}

// set replaces the line of a header, or adds it. An empty value removes it.
func (r *Request) set(name, value string) {
	line := name + ": " + value
	for i, l := range r.Lines {
		if strings.EqualFold(l[:strings.IndexByte(l, ':')], name) {
			if value == "" {
				r.Lines = append(r.Lines[:i], r.Lines[i+1:]...)
			} else {
				r.Lines[i] = line
			}
			return
		}
	}
	r.Lines = append(r.Lines, line)
}

// setKey changes the key, in the header and for the check.
func (r *Request) setKey(k string) {
	r.Key = k
	r.set("Sec-WebSocket-Key", k)
}

func (r *Request) bytes() []byte {
	var b bytes.Buffer
	b.WriteString(r.Line + "\r\n")
	for _, l := range r.Lines {
		b.WriteString(l + "\r\n")
	}
	b.WriteString("\r\n")
	b.Write(r.Behind)
	return b.Bytes()
}

// request is what an ordinary client sends (4.1).
func (c *Client) request() *Request {
	var nonce [16]byte
	for i := range nonce {
		nonce[i] = byte(c.rng.Uint32())
	}
	r := &Request{
		Line:  "GET " + c.to.path + " HTTP/1.1",
		Lines: []string{"Host: " + c.to.host, "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"},
	}
	r.setKey(base64.StdEncoding.EncodeToString(nonce[:]))
	if x := c.to.Extension; x != nil {
		r.set("Sec-WebSocket-Extensions", x.Offer())
	}
	r.Lines = append(r.Lines, c.to.Header...)
	return r
}

// Open makes the opening handshake and checks the server's half of it
// (4.2.2). edit may change the request before it is sent.
func (c *Client) Open(edit func(*Request)) error {
	req, resp, head, err := c.exchange(edit)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return failed("101 Switching Protocols", resp.Status, head)
	}
	if err := c.checkAccepted(req, resp, head); err != nil {
		return err
	}
	c.reading = make(chan struct{})
	go c.read()
	return nil
}

// Refused sends a request that no server may accept, and wants one of the
// statuses in answer; none given: any 4xx.
func (c *Client) Refused(edit func(*Request), statuses ...int) (*http.Response, error) {
	_, resp, head, err := c.exchange(edit)
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		if resp.StatusCode == s {
			return resp, nil
		}
	}
	if len(statuses) == 0 && resp.StatusCode/100 == 4 {
		return resp, nil
	}
	want := "a 4xx status"
	if len(statuses) > 0 {
		want = fmt.Sprintf("one of the statuses %v", statuses)
	}
	return nil, failed(want, resp.Status, head)
}

func (c *Client) exchange(edit func(*Request)) (*Request, *http.Response, []byte, error) {
	req := c.request()
	if edit != nil {
		edit(req)
	}
	c.Write(req.bytes(), req.Chop)
	const want = "an HTTP response to the opening handshake"
	var head []byte
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) {
		b, err := c.br.ReadByte()
		if err != nil {
			return nil, nil, nil, failed(want, describeEnd(err)+fmt.Sprintf(" after %d bytes of a head", len(head)), head)
		}
		if head = append(head, b); len(head) > 64<<10 {
			return nil, nil, nil, failed(want, "a head of more than 64 KiB", head)
		}
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(head)), nil)
	if err != nil {
		return nil, nil, nil, failed(want, err.Error(), head)
	}
	_ = resp.Body.Close() // only the head was given to it
	return req, resp, head, nil
}

func (c *Client) checkAccepted(req *Request, resp *http.Response, head []byte) error {
	h := resp.Header
	if v := h.Values("Upgrade"); len(v) != 1 || !strings.EqualFold(v[0], "websocket") {
		return failed("Upgrade: websocket", fmt.Sprintf("%q", v), head)
	}
	if v := h.Values("Connection"); !hasToken(v, "upgrade") {
		return failed("Connection: Upgrade", fmt.Sprintf("%q", v), head)
	}
	sum := sha1.Sum([]byte(req.Key + acceptGUID))
	accept := base64.StdEncoding.EncodeToString(sum[:])
	if v := h.Values("Sec-WebSocket-Accept"); len(v) != 1 || v[0] != accept {
		return failed("Sec-WebSocket-Accept: "+accept, fmt.Sprintf("%q", v), head)
	}
	// 4.1: a subprotocol "that was not present in the client's handshake" fails the connection.
	if v := h.Values("Sec-WebSocket-Protocol"); len(v) > 0 {
		var offered []string
		for _, l := range req.Lines {
			if name, value, _ := strings.Cut(l, ":"); strings.EqualFold(name, "Sec-WebSocket-Protocol") {
				offered = append(offered, value)
			}
		}
		if len(v) != 1 || strings.Contains(v[0], ",") || !hasToken(offered, v[0]) {
			return failed("at most one of the subprotocols offered", fmt.Sprintf("%q", v), head)
		}
	}
	answer := strings.Join(h.Values("Sec-WebSocket-Extensions"), ", ")
	if c.to.Extension == nil {
		if answer != "" {
			return failed("no Sec-WebSocket-Extensions, as the exam knows none that it offered", answer, head)
		}
		return nil
	}
	codec, err := c.to.Extension.Accept(answer)
	if err != nil {
		return failed("a legal answer to the extension offer", err.Error(), head)
	}
	c.codec = codec
	return nil
}

// hasToken looks for a token in comma-separated lists, in any letter case.
func hasToken(values []string, token string) bool {
	for _, v := range values {
		for t := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(t), token) {
				return true
			}
		}
	}
	return false
}

//go:build unix

package engine_test

import (
	"fmt"
	"io"
	"testing"
)

// RFC 9112 6.1: a connection ends with the answer to a request whose end two servers could see in different places, be it its first
// or a later one. Others go on.
func TestSocketDoubtfulFraming(t *testing.T) {
	t.Parallel()
	s := serve(t, quickly(), web(echo()))
	const (
		host  = "Host: a.example\r\n"
		plain = "GET /plain HTTP/1.1\r\n" + host + "\r\n"
		both  = "POST /x HTTP/1.1\r\n" + host + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
		sized = "POST /x HTTP/1.1\r\n" + host + "Content-Length: 3\r\n\r\nabc"
		parts = "POST /x HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
		old   = "POST /x HTTP/1.0\r\n" + host + "Connection: keep-alive\r\n"
	)
	for i, row := range []struct {
		requests []string
		closes   bool
		last     string
	}{
		{[]string{both}, true, told("POST /x HTTP/1.1", []byte("abc"))},
		{[]string{plain, both}, true, told("POST /x HTTP/1.1", []byte("abc"))},
		{[]string{sized, parts, both}, true, told("POST /x HTTP/1.1", []byte("abc"))},
		{[]string{sized, parts, sized, parts}, false, told("POST /x HTTP/1.1", []byte("abc"))},
		{[]string{old + "Content-Length: 3\r\n\r\nabc"}, false, told("POST /x HTTP/1.0", []byte("abc"))},
		{[]string{old + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"}, true, told("POST /x HTTP/1.0", []byte("abc"))},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			c := connect(t, s.addr)
			for n, r := range row.requests {
				c.bytes(r)
				answer := c.response("POST")
				body, err := io.ReadAll(answer.Body)
				if err != nil {
					t.Fatal(err)
				}
				last := n == len(row.requests)-1
				if answer.Close != (row.closes && last) || last && string(body) != row.last {
					t.Errorf("answer %d of %d closes: %v; it is %q", n+1, len(row.requests), answer.Close, body)
				}
			}
			if row.closes {
				c.expectEOF()
				return
			}
			c.bytes(plain)
			if body, err := io.ReadAll(c.response("GET").Body); err != nil || string(body) != told("GET /plain HTTP/1.1", nil) {
				t.Errorf("afterwards the answer is %q, %v", body, err)
			}
		})
	}
}

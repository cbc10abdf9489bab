//go:build unix

package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// openssl is openssl s_client, a TLS that shares no code with ours, as a client's connection: what it is told on its
// input goes out encrypted, what comes in is on its output, behind its own talk.
type openssl struct {
	t    *testing.T
	in   io.WriteCloser
	out  *bufio.Reader
	wait func() error
}

func startOpenSSL(t *testing.T, s *sockServer, args ...string) *openssl {
	t.Helper()
	path, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("no openssl here")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, append([]string{"s_client", "-connect", s.addr.String(), "-servername", "server.example.com"}, args...)...)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	o := &openssl{t, in, bufio.NewReaderSize(out, 1<<20), cmd.Wait}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	return o
}

// say sends s. Where openssl has read everything before, the first letter may be a command.
func (o *openssl) say(s string) {
	o.t.Helper()
	if _, err := io.WriteString(o.in, s); err != nil {
		o.t.Fatal(err)
	}
}

// until reads on to s, which must come.
func (o *openssl) until(s string) (before string) {
	o.t.Helper()
	var b strings.Builder
	for !strings.HasSuffix(b.String(), s) {
		c, err := o.out.ReadByte()
		if err != nil {
			o.t.Fatalf("waiting for %q after %q: %v", s, b.String(), err)
		}
		b.WriteByte(c)
	}
	return strings.TrimSuffix(b.String(), s)
}

// overTLS is a text frame that openssl's commands cannot be mistaken for, as a server sends it.
func overTLS(s string) string { return string([]byte{0x81, byte(len(s))}) + s }

// A KeyUpdate in each direction and both, again and again, between messages; then more than a key's worth of
// records in small pieces; then close_notify.
func TestOpenSSLKeyUpdate(t *testing.T) {
	t.Parallel()
	h, ended := closes(echo())
	s := serve(t, secure(), h)
	o := startOpenSSL(t, s, "-tls1_3", "-msg")
	o.until("---\n")
	o.say(plainRequest + "\r\n")
	o.until("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
	for i := range 10 {
		for _, command := range []string{"K\n", "k\n"} { // with and without asking for one of ours
			o.say(command)
			o.until(">>> TLS 1.3, Handshake [length 0005], KeyUpdate")
			msg := fmt.Sprintf("message %d behind %c", i, command[0])
			o.say(string(masked(frame.OpText, []byte(msg))))
			if command == "K\n" {
				o.until("<<< TLS 1.3, Handshake [length 0005], KeyUpdate")
			}
			o.until(overTLS(msg))
		}
	}
	if n := s.Stats(); n.TLSErrors != 0 || n.Open != 1 {
		t.Errorf("%d TLS errors, %d open", n.TLSErrors, n.Open)
	}
	o.say("Q\n") // close_notify, and the end
	if ce := wait(t, "Close", ended); ce.Code != frame.StatusAbnormal || !ce.Remote || ce.Err != nil {
		t.Errorf("closed with %v", ce)
	}
	eventually(t, "it is counted out", func() bool { return engine.Admitted(s.Engine) == 0 })
}

// Both versions, each with its kinds of cipher, and records that arrive cut to pieces: 512 bytes each, from writes
// of a few bytes.
func TestOpenSSLCiphers(t *testing.T) {
	t.Parallel()
	s := serve(t, secure(), echo())
	for _, args := range []string{
		"-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384",
		"-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", "-tls1_2 -cipher ECDHE-ECDSA-AES128-GCM-SHA256",
		"-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305",
	} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			o := startOpenSSL(t, s, append(strings.Fields(args), "-quiet", "-max_send_frag", "512", "-ign_eof")...)
			if _, err := io.WriteString(o.in, plainRequest+"\r\n"); err != nil {
				t.Fatal(err)
			}
			o.until("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
			for _, n := range []int{1, 600, 5000, 100_000} {
				msg := strings.Repeat("x", n)
				if _, err := o.in.Write(masked(frame.OpText, []byte(msg))); err != nil {
					t.Fatal(err)
				}
				o.until(msg)
			}
			// Our close frame, its answer, our close_notify: openssl ends by itself.
			if _, err := o.in.Write(masked(frame.OpClose, []byte("\x03\xe8"))); err != nil {
				t.Fatal(err)
			}
			o.until("\x88\x02\x03\xe8")
			if _, err := io.ReadAll(o.out); err != nil {
				t.Fatal(err)
			}
			if err := o.wait(); err != nil {
				t.Errorf("openssl: %v", err)
			}
		})
	}
}

// What our end of a connection looks like from outside: close_notify, not a bare FIN.
func TestOpenSSLSeesCloseNotify(t *testing.T) {
	t.Parallel()
	h := echo()
	h.Upgrade = func(*http.Request) (engine.Accept, error) { return engine.Accept{}, &engine.HTTPError{Status: 403} }
	s := serve(t, secure(), h)
	o := startOpenSSL(t, s, "-tls1_3", "-msg", "-ign_eof")
	o.say(plainRequest + "\r\n")
	o.until("403 Forbidden")
	o.until("<<< TLS 1.3, Alert [length 0002], warning close_notify")
}

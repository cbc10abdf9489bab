//go:build unix

package engine_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"io"
	"sync"
	"testing"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// frame1 reads one whole frame of the server, of whatever form.
func (c *rawClient) frame1() (rsv uint8, op frame.Op, p []byte, err error) {
	var b []byte
	for {
		h, n, err := frame.ParseHeader(b)
		if err != nil {
			return 0, 0, nil, err
		}
		if n > 0 {
			p := make([]byte, h.Length)
			_, err := io.ReadFull(c.br, p)
			return h.RSV, h.Op, p, err
		}
		x, err := c.br.ReadByte()
		if err != nil {
			return 0, 0, nil, err
		}
		b = append(b, x)
	}
}

// unpack is the standard library's way to inflate a message.
func unpack(p []byte) ([]byte, error) {
	return io.ReadAll(flate.NewReader(io.MultiReader(bytes.NewReader(p), bytes.NewReader([]byte{0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff}))))
}

// Sixteen clients at once pour messages of all sizes into two loops, which inflate the large ones on goroutines of their own and
// broadcast meanwhile; every echo comes back in order, and all of it is in one piece.
func TestSocketDeflate(t *testing.T) {
	cfg := quickly()
	cfg.Loops = 2
	cfg.Compression = engine.Compression{Enabled: true, ClientContextTakeover: true, MaxRatio: -1}
	cfg.HighWatermark, cfg.HardLimit = 64<<20, 256<<20
	h, refs := opened(echo())
	s := serve(t, cfg, h)
	const clients = 16
	count := 60
	if engine.RaceBuild {
		count = 20
	}
	var wg sync.WaitGroup
	for i := range clients {
		c := connect(t, s.addr)
		c.request(offerDeflate)
		r := c.response("GET")
		z := newZclient(t, r.Header.Get("Sec-Websocket-Extensions"))
		wait(t, "Open", refs)
		var want [][]byte
		for k := range count {
			size := []int{10, 700, 5000, 40_000, 300_000}[(i+k)%5]
			want = append(want, jsonText(size, i+k))
		}
		wg.Go(func() {
			for _, p := range want {
				if _, err := c.Write(z.frame(frame.OpText, p)); err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
			}
		})
		wg.Go(func() {
			for k, p := range want {
				rsv, op, got, err := c.frame1()
				if err == nil && rsv != 0 {
					got, err = unpack(got)
				}
				if err != nil || op != frame.OpText || !bytes.Equal(got, p) {
					t.Errorf("client %d, echo %d: %v, %s of %d bytes, want %d", i, k, err, op, len(got), len(p))
					_ = c.Close()
					return
				}
			}
		})
	}
	wg.Wait()
	st := s.Stats()
	if want := uint64(clients * count); st.Inflations != want || st.InflatedApart == 0 {
		t.Errorf("%d messages were inflated, %d of them apart; want %d", st.Inflations, st.InflatedApart, want)
	}
}

// Two loops broadcast the same messages at the same time: each is compressed once, by whichever comes first, and everybody gets it.
func TestSocketDeflateBroadcast(t *testing.T) {
	cfg := quickly()
	cfg.Loops = 2
	cfg.Compression = engine.Compression{Enabled: true}
	cfg.HighWatermark, cfg.HardLimit = 16<<20, 64<<20
	h, refs := opened(engine.Handler{})
	s := serve(t, cfg, h)
	const clients, count = 24, 50
	byLoop := map[int][]engine.Ref{}
	var conns []*rawClient
	for range clients {
		c := connect(t, s.addr)
		c.request(offerDeflate)
		newZclient(t, c.response("GET").Header.Get("Sec-Websocket-Extensions"))
		r := wait(t, "Open", refs)
		onLoop(t, r, func(c *engine.Conn) { byLoop[c.Loop().Index()] = append(byLoop[c.Loop().Index()], r) })
		conns = append(conns, c)
	}
	if len(byLoop) != 2 {
		t.Fatalf("the clients are on %d loops", len(byLoop))
	}
	var want [][]byte
	for i := range count {
		p := jsonText(600+i*300, i)
		want = append(want, p)
		m := frame.NewMessage(frame.OpText, p)
		for _, refs := range byLoop {
			for _, r := range refs {
				r.Post(func(c *engine.Conn) { c.SendMessage(m) })
			}
		}
	}
	for i, c := range conns {
		for k := range want {
			rsv, _, p, err := c.frame1()
			if err != nil || rsv != frame.RSV1 {
				t.Fatalf("client %d, message %d: RSV %d, %v", i, k, rsv, err)
			}
			if p, err = unpack(p); err != nil || !bytes.Equal(p, want[k]) {
				t.Fatalf("client %d, message %d: %d bytes, %v", i, k, len(p), err)
			}
		}
	}
	if n := s.Stats().Deflations; n != count {
		t.Errorf("%d compressions for %d messages", n, count)
	}
}

// A client that sends a large compressed message, a close frame and its FIN in one go gets the echo and the answer to its close.
func TestSocketDeflateThenFIN(t *testing.T) {
	cfg := quickly()
	cfg.Loops = 1
	cfg.Compression = engine.Compression{Enabled: true, MaxRatio: -1}
	h, closed := closes(echo())
	s := serve(t, cfg, h)
	n := 20
	if underRace {
		n = 5
	}
	for range n {
		c := connect(t, s.addr)
		c.request(offerDeflate)
		z := newZclient(t, c.response("GET").Header.Get("Sec-Websocket-Extensions"))
		in := jsonText(400_000, 1)
		c.bytes(string(z.frame(frame.OpText, in)))
		c.bytes(string(masked(frame.OpClose, binary.BigEndian.AppendUint16(nil, 4321))))
		if _, _, p, err := c.frame1(); err != nil {
			t.Fatal(err)
		} else if out, err := unpack(p); err != nil || !bytes.Equal(out, in) {
			t.Fatalf("echo of %d bytes, %v", len(out), err)
		}
		c.expectClose(4321)
		c.expectEOF()
		_ = c.Close()
		if ce := wait(t, "Close", closed); ce.Code != 4321 || !ce.Remote {
			t.Fatalf("closed with %v", ce)
		}
	}
}

// Connections that are reset in the middle of it all leave nothing behind.
func TestSocketDeflateReset(t *testing.T) {
	cfg := quickly()
	cfg.Loops = 1
	cfg.Compression = engine.Compression{Enabled: true, MaxRatio: -1}
	h, closed := closes(echo())
	s := serve(t, cfg, h)
	n := 50
	if underRace {
		n = 10 // the detector makes each of them cost half a second
	}
	for range n {
		c := connect(t, s.addr)
		c.request(offerDeflate)
		z := newZclient(t, c.response("GET").Header.Get("Sec-Websocket-Extensions"))
		c.bytes(string(z.frame(frame.OpText, heavy(1))))
		c.reset()
	}
	for range n {
		if ce := wait(t, "Close", closed); ce.Code != frame.StatusAbnormal {
			t.Errorf("closed with %v", ce)
		}
	}
	// The line of large messages is worked off, dead ones and all, and a new one is served.
	c := connect(t, s.addr)
	c.request(offerDeflate)
	z := newZclient(t, c.response("GET").Header.Get("Sec-Websocket-Extensions"))
	c.bytes(string(z.frame(frame.OpText, heavy(2))))
	if _, op, _, err := c.frame1(); err != nil || op != frame.OpText {
		t.Errorf("%s, %v", op, err)
	}
}

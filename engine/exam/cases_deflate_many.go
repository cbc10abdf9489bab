package exam

import "fmt"

// deflateSequences sends a thousand messages of each size on a connection, under each of the four ways to keep windows.
func deflateSequences(s *section) {
	const doc = "RFC 7692 7.2: a thousand messages are echoed in order, none changed, whatever windows are kept between them."
	const count = 1000
	for _, o := range []DeflateOffer{
		{Required: true},
		{ServerNoContextTakeover: true, Required: true},
		{ClientNoContextTakeover: true, Required: true},
		noWindows,
	} {
		for _, size := range []int{16, 64, 256, 1 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10} {
			if size > s.maxMessage {
				continue
			}
			s.deflated(fmt.Sprintf("sequence/%s/%s", byteSize(size), o.Offer()), doc, o, func(c *Client) error {
				return c.pipeline(count, func(i int) []byte { return document(size, i*911) })
			})
		}
		s.deflated("sequence/0-to-64KiB/"+o.Offer(), doc, o, func(c *Client) error {
			sizes := make([]int, count)
			for i := range sizes {
				sizes[i] = c.rng.IntN(64<<10 + 1)
			}
			return c.pipeline(count, func(i int) []byte { return content(opText, sizes[i], i*911) })
		})
	}
	for _, bits := range []int{8, 9, 12, 14} {
		o := DeflateOffer{ServerMaxWindowBits: bits, ClientMaxWindowBits: bits, Required: true}
		s.deflated(fmt.Sprintf("sequence/windows-of-%d-bits", bits), doc, o, func(c *Client) error {
			return c.pipeline(count/10, func(i int) []byte { return document(i*331, i*911) })
		})
	}
	if s.maxMessage >= 1<<20 {
		s.deflated("large/1MiB", doc, DeflateOffer{Required: true}, func(c *Client) error {
			return c.pipeline(20, func(i int) []byte { return document(1<<20, i*9_111) })
		})
	}
}

// pipeline sends count compressed messages while it reads their echoes, so that neither side has to hold them all.
func (c *Client) pipeline(count int, message func(i int) []byte) error {
	done := make(chan error, 1)
	go func() {
		for i := range count {
			f, err := c.message(opText, message(i))
			if err != nil {
				done <- err
				return
			}
			c.Write(c.wire(f), 0)
		}
		done <- nil
	}()
	var err error
	for i := range count {
		if err = c.WantMessage(opText, message(i)); err != nil {
			err = fmt.Errorf("message %d: %w", i, err)
			_ = c.conn.Close() // lets the sender end
			break
		}
	}
	if sent := <-done; err == nil {
		err = sent
	}
	if err != nil {
		return err
	}
	return c.Goodbye()
}

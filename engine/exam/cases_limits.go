package exam

import "fmt"

// byteSize prints sizes the way people write them.
func byteSize(n int) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%dMiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%dKiB", n>>10)
	default:
		return fmt.Sprint(n)
	}
}

func limitsCases(s *section) {
	limitsOneFrame(s)
	limitsFragments(s)
	limitsChops(s)
	limitsSequences(s)
}

const limitsDoc = "5.2, 5.4: a frame may be of any size, a message of any number of frames; the echo is the same message."

func (s *section) big(name string, op byte, size, fragment, chop int) {
	if size > s.maxMessage {
		return
	}
	s.add(fmt.Sprintf("%s/%s-%s", name, opName(op), byteSize(size)), limitsDoc, func(c *Client) error {
		payload := content(op, size, 0)
		if fragment > 0 {
			return echoFragments(inFragments(op, payload, fragment), chop)(c)
		}
		f, err := c.message(op, payload)
		if err != nil {
			return err
		}
		c.sendChopped(chop, f)
		if err := c.WantMessage(op, payload); err != nil {
			return err
		}
		return c.Goodbye()
	})
}

func limitsOneFrame(s *section) {
	for _, op := range dataOps {
		for _, size := range []int{64 << 10, 256 << 10, 1 << 20, 4 << 20, 8 << 20, 16<<20 - 1, 16 << 20} {
			s.big("one-frame", op, size, 0, 0)
		}
	}
}

func limitsFragments(s *section) {
	for _, op := range dataOps {
		for _, size := range []int{64 << 10, 1 << 20, 4 << 20, 16 << 20} {
			for _, fragment := range []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20} {
				if fragment < size {
					s.big("fragments-of-"+byteSize(fragment), op, size, fragment, 0)
				}
			}
		}
	}
}

func limitsChops(s *section) {
	for _, op := range dataOps {
		for _, chop := range []int{64, 128, 256, 512, 1 << 10, 2 << 10, 64 << 10} {
			s.big("chops-of-"+byteSize(chop), op, 1<<20, 0, chop)
			s.big("fragments-of-1000-in-chops-of-"+byteSize(chop), op, 1<<20, 1000, chop)
		}
		for _, chop := range []int{997, 8 << 10, 60000, 1 << 20} {
			s.big("chops-of-"+byteSize(chop), op, 16<<20, 0, chop)
			s.big("fragments-of-64KiB-in-chops-of-"+byteSize(chop), op, 16<<20, 64<<10, chop)
		}
	}
}

// limitsSequences sends a thousand messages on one connection.
func limitsSequences(s *section) {
	const doc = "5.2, 5.6: a thousand messages are echoed in order, none lost, none changed."
	const count = 1000
	for _, op := range dataOps {
		s.add("sequence/pipelined-"+opName(op)+"-0-to-64KiB", doc, func(c *Client) error {
			sizes := make([]int, count)
			for i := range sizes {
				sizes[i] = c.rng.IntN(64<<10 + 1)
			}
			sizes[0], sizes[1] = 0, 64<<10
			done := make(chan struct{})
			go func() { // sends while the case reads, so that neither side has to hold it all
				defer close(done)
				for i, n := range sizes {
					f, err := c.message(op, content(op, n, i*911))
					if err != nil {
						return // WantMessage will miss it
					}
					c.Write(c.wire(f), 0)
				}
			}()
			err := func() error {
				for i, n := range sizes {
					if err := c.WantMessage(op, content(op, n, i*911)); err != nil {
						return fmt.Errorf("message %d: %w", i, err)
					}
				}
				return nil
			}()
			if err != nil {
				_ = c.conn.Close() // lets the sender end
			}
			<-done
			if err != nil {
				return err
			}
			return c.Goodbye()
		})
		for _, size := range []int{0, 16, 64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10} {
			s.add(fmt.Sprintf("sequence/one-by-one-%s-%s", opName(op), byteSize(size)), doc, func(c *Client) error {
				for i := range count {
					payload := content(op, size, i*911)
					f, err := c.message(op, payload)
					if err != nil {
						return err
					}
					c.send(f)
					if err := c.WantMessage(op, payload); err != nil {
						return fmt.Errorf("message %d: %w", i, err)
					}
				}
				return c.Goodbye()
			})
		}
	}
}

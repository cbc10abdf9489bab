package million

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/weir-ws/weir/bench/internal/load"
)

const (
	reportEvery = 250 * time.Millisecond // of progress while connections are opened
	beat        = 200 * time.Millisecond // after which an order is looked for
)

// Client is a client process: it takes orders from in, a line each, and writes news to out. It returns when in ends, which
// is how it ends with the driver, when ctx does, or with an error that the driver has been told.
func Client(ctx context.Context, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	orders := make(chan order)
	go func() {
		defer cancel()
		for d := json.NewDecoder(in); ; {
			var o order
			if d.Decode(&o) != nil {
				return
			}
			select {
			case orders <- o:
			case <-ctx.Done():
				return
			}
		}
	}()
	c := &client{ctx: ctx, orders: orders, out: out}
	err := c.run()
	if err != nil && ctx.Err() == nil {
		return errors.Join(err, writeLine(out, news{Error: err.Error()}))
	}
	return nil
}

// client is the state of a client process, on one goroutine.
type client struct {
	ctx    context.Context
	orders <-chan order
	out    io.Writer
	held   *load.Held
	told   int64 // pings in the news
}

func (c *client) run() error {
	first, err := c.next()
	if err != nil {
		return err
	}
	if first.Hold == nil {
		return errors.New("the first order must be to hold connections")
	}
	if err := c.hold(first.Hold); err != nil {
		return err
	}
	for {
		select {
		case o := <-c.orders:
			switch {
			case o.Expect != nil:
				err = c.expect(o.Expect)
			case o.Close:
				c.held.Close()
				return writeLine(c.out, news{Closed: true})
			default:
				err = errors.New("an order that cannot be carried out")
			}
		default:
			err = c.serve(beat)
		}
		if err != nil {
			c.held.Close()
			return err
		}
	}
}

func (c *client) next() (order, error) {
	select {
	case o := <-c.orders:
		return o, nil
	case <-c.ctx.Done():
		return order{}, c.ctx.Err()
	}
}

func (c *client) hold(o *holdOrder) (err error) {
	last := time.Now()
	progress := func(open int) {
		if now := time.Now(); now.Sub(last) >= reportEvery {
			last = now
			_ = writeLine(c.out, news{Open: open}) // a driver that is gone ends in as well
		}
	}
	c.held, err = load.Hold(c.ctx, load.HoldPlan{Addr: o.Addr, Path: "/sub", Conns: o.Conns, Sources: o.Sources, Progress: progress})
	if err != nil {
		return fmt.Errorf("open %d connections: %w", o.Conns, err)
	}
	return writeLine(c.out, news{Open: o.Conns, Held: true})
}

func (c *client) serve(d time.Duration) error {
	if err := c.held.Serve(c.ctx, d); err != nil {
		return err
	}
	if c.held.Pings == c.told {
		return nil
	}
	c.told = c.held.Pings
	return writeLine(c.out, news{Pings: c.told, Pinged: c.held.Pinged})
}

func (c *client) expect(o *expectOrder) error {
	c.held.Expect(1, o.Size)
	if err := writeLine(c.out, news{Ready: true}); err != nil {
		return err
	}
	if err := c.serve(time.Duration(o.Patience * float64(time.Second))); err != nil {
		return fmt.Errorf("the broadcast: %w", err)
	}
	packed, err := pack(c.held.Latency)
	if err != nil {
		return err
	}
	return writeLine(c.out, news{Done: true, Latency: packed})
}

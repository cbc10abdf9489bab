package feed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// said is any message of the server.
type said struct {
	Type, Channel, Epoch, Code, Key, Pattern string
	Seq                                      uint64
	TS                                       int64
	Data                                     json.RawMessage
}

// book is what a client knows of one channel.
type book struct {
	subscribed bool
	epoch      string
	next       uint64
}

// take checks one message against the protocol: messages only while subscribed, and each the successor of
// the one before or of the subscribed answer.
func (b *book) take(m said) error {
	switch m.Type {
	case "subscribed":
		if b.subscribed {
			return fmt.Errorf("subscribed twice")
		}
		if m.Seq+1 < b.next {
			return fmt.Errorf("subscribed at %d after message %d", m.Seq, b.next-1)
		}
		if b.epoch != "" && m.Epoch != b.epoch {
			return fmt.Errorf("epoch %s became %s", b.epoch, m.Epoch)
		}
		b.subscribed, b.epoch, b.next = true, m.Epoch, m.Seq+1
	case "unsubscribed":
		if !b.subscribed {
			return fmt.Errorf("unsubscribed while not subscribed")
		}
		b.subscribed = false
	case "message":
		if !b.subscribed {
			return fmt.Errorf("message %d while not subscribed", m.Seq)
		}
		if m.Seq != b.next {
			return fmt.Errorf("message %d where %d is next", m.Seq, b.next)
		}
		if want := fmt.Sprint(m.TS); string(m.Data) != want {
			return fmt.Errorf("message %d has data %s, want %s", m.Seq, m.Data, want)
		}
		b.next++
	default:
		return fmt.Errorf("unexpected %+v", m)
	}
	return nil
}

// Publishers publish as fast as the loops go while clients come into channels and leave them. Nothing
// is slow here, so nobody may miss a number between a subscribed and its unsubscribed.
func TestSequencesHaveNoGaps(t *testing.T) {
	const clients, channels, publishers, rounds = 6, 4, 3, 60
	s := serve(t, hub.Config{TurnBudget: 16}, feed.Config{})
	stop, wg := make(chan struct{}), sync.WaitGroup{}
	for p := range publishers {
		wg.Go(func() {
			for i := int64(1); ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				ch := fmt.Sprint("c", (int(i)+p)%channels)
				if err := s.feed.Publish(context.Background(), ch, fmt.Append(nil, i), i); err != nil {
					t.Error(err)
					return
				}
				if i%8 == 0 { // at the pace of the readers, however slow the machine is
					if err := errors.Join(s.hub.Sync(context.Background()), s.eng.Flush(context.Background())); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	var readers sync.WaitGroup
	var delivered atomic.Int64
	for id := range clients {
		c := dial(t, s.url)
		readers.Go(func() { delivered.Add(play(c, uint64(id), channels, rounds)) })
	}
	readers.Wait()
	close(stop)
	wg.Wait()
	if delivered.Load() == 0 {
		t.Error("no message was delivered: nothing was tested")
	}
	if st := s.hub.Stats(); st.Dropped != 0 {
		t.Errorf("%d messages dropped", st.Dropped)
	}
	t.Logf("%d messages delivered", delivered.Load())
}

// play sends a random request for a random channel, reads up to its answer, and so on.
func play(c *client, seed uint64, channels, rounds int) (messages int64) {
	defer c.ws.CloseNow() // who stops reading must not hold up the publishers
	rnd := rand.New(rand.NewPCG(seed, 1))
	books := make([]book, channels)
	for range rounds {
		i := rnd.IntN(channels)
		b, typ := &books[i], "subscribe"
		if b.subscribed {
			typ = "unsubscribe"
		}
		c.send(fmt.Sprintf(`{"type":%q,"channel":"c%d"}`, typ, i))
		for answered := false; !answered; {
			line := c.read()
			var m said
			if err := json.Unmarshal([]byte(line), &m); err != nil {
				c.t.Errorf("%v: %s", err, line)
				return
			}
			var n int
			if _, err := fmt.Sscanf(m.Channel, "c%d", &n); err != nil || n >= channels {
				c.t.Errorf("no channel of ours: %s", line)
				return
			}
			if err := books[n].take(m); err != nil {
				c.t.Errorf("channel c%d: %v", n, err)
				return
			}
			if m.Type == "message" {
				messages++
			} else {
				answered = n == i
			}
		}
	}
	return messages
}

package feed_test

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/engine/enginetest"
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// subscribed is a plain connection with a subscription to a channel.
func subscribed(t *testing.T, path, channel string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	p := enginetest.Request(feed.DefaultPath)
	p = append(p, enginetest.Frame(frame.OpText, []byte(`{"type":"subscribe","channel":"`+channel+`"}`))...)
	if _, err := c.Write(p); err != nil {
		t.Fatal(err)
	}
	var head []byte
	for one := make([]byte, 1); !strings.HasSuffix(string(head), "\r\n\r\n"); head = append(head, one[0]) {
		if _, err := c.Read(one); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.HasPrefix(string(head), "HTTP/1.1 101 ") {
		t.Fatalf("%s", head)
	}
	return c
}

// latencies reads messages until c ends or one says so, and notes how old each is.
func latencies(c net.Conn) (ages []time.Duration) {
	buf, have := make([]byte, 1<<20), 0
	for {
		n, err := c.Read(buf[have:])
		now := time.Now().UnixNano()
		have += n
		frames, rest, ferr := enginetest.Frames(buf[:have])
		if ferr != nil {
			return ages
		}
		for _, f := range frames {
			if ts, ok := number(f.Payload, `"ts":`); ok && ts > 1 {
				ages = append(ages, time.Duration(now-int64(ts)))
			}
			if strings.Contains(string(f.Payload), `"data":"end"`) {
				return ages
			}
		}
		have = copy(buf, rest)
		if err != nil {
			return ages
		}
	}
}

// others are those beside the fast reader.
type others struct {
	what  string
	n     int
	share float64 // of what they would need, that they read
}

// beside is one measurement: a channel of 1,000 keys at a rate, with one fast reader, and others. The sockets are unix sockets, because the kernel's
// buffers of TCP grow to megabytes, and it would take minutes until somebody is slow.
func beside(t *testing.T, o others, rate int, span time.Duration) (p50, p99 time.Duration, st feed.Stats) {
	path := t.TempDir() + "/s"
	h, f := newFeed(t, hub.Config{Options: policies}, feed.Config{})
	e, stop := enginetest.Serve(t, engine.Config{Addrs: []string{"unix:" + path}, Loops: 2, CloseTimeout: 100 * time.Millisecond}, f.Handler())
	var readers sync.WaitGroup
	over := make(chan struct{})
	defer func() {
		close(over)
		stop()
		readers.Wait()
	}()
	const size, every = 160, 20 * time.Millisecond
	for range o.n {
		c := subscribed(t, path, "ticks")
		readers.Go(func() {
			buf := make([]byte, int(float64(rate*size)*o.share*every.Seconds()))
			for tick := time.Tick(every); ; {
				select {
				case <-tick: // the pace of the reader; nothing is judged by it
				case <-over:
				}
				if _, err := c.Read(buf); err != nil {
					return
				}
			}
		})
	}
	fast := subscribed(t, path, "ticks")
	ages := make(chan []time.Duration, 1)
	go func() { ages <- latencies(fast) }()
	put := func(i int, data string) {
		p := hub.Payload{Op: frame.OpText, Key: fmt.Sprint(i * 7919 % 1000), Time: time.Now().UnixNano(), Data: []byte(data)}
		if _, err := h.Publish(t.Context(), "ticks", p); err != nil {
			t.Fatal(err)
		}
	}
	begin := time.Now()
	for i, all := 0, int(span.Seconds()*float64(rate)); i < all; {
		for due := min(all, int(time.Since(begin).Seconds()*float64(rate))); i < due; i++ {
			put(i, `{"p":"61230.10","q":"0.00400","P":"61230.20","Q":"1.25000"}`)
			if o.share >= 1 && i%64 == 0 { // on a machine that is busy elsewhere they keep up with a publisher that waits for them
				if err := e.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		time.Sleep(time.Millisecond) // likewise
	}
	for i := range 2 { // what was published has gone through the loops
		seen := make(chan struct{})
		e.Loop(i).Post(func() { close(seen) })
		<-seen
	}
	st = f.Stats()
	put(0, `"end"`)
	a := <-ages
	if len(a) == 0 {
		t.Fatal("the fast reader got nothing")
	}
	a = a[len(a)/2:] // the first half is before the others are slow
	slices.Sort(a)
	return a[len(a)/2], a[len(a)*99/100], st
}

// The fast reader's latency alone, beside readers that keep up, and beside as many that take a tenth of what they would need. The figures
// are logged, and depend on the machine, which has the readers to run, too; what is asserted is that the slow ones were held back.
func TestFastReaderBesideSlowOnes(t *testing.T) {
	if testing.Short() || checked {
		t.Skip("it takes seconds, and its figures mean nothing with the checks in")
	}
	const rate, span = 2000, 2 * time.Second
	for _, o := range []others{{"nobody", 0, 1}, {"500 that keep up", 500, 4}, {"500 slow ones", 500, 0.1}} {
		p50, p99, st := beside(t, o, rate, span)
		// Whether those that mean to keep up do is up to the machine.
		if o.share < 1 && (st.Holding.Slow == 0 || st.Conflated == 0) {
			t.Errorf("beside %s: %+v", o.what, st)
		}
		t.Logf("%d updates/s of 1,000 keys, beside %s: p50 %v, p99 %v; %d subscriptions hold %d messages in logs and %d in rounds",
			rate, o.what, p50, p99, st.Holding.Slow, st.Holding.Messages, st.Holding.Rounds)
	}
}

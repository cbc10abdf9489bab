package million

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
	"github.com/weir-ws/weir/bench/internal/result"
)

// member is a client process as the driver sees it.
type member struct {
	*child
	news // the latest of each
}

// event is news from a client.
type event struct {
	from int
	news news
}

// fleet is all processes of a run. Its methods belong to the driver's goroutine.
type fleet struct {
	nursery *nursery
	servers []*server
	clients []*member
	events  chan event
	fail    context.CancelCauseFunc
}

func newFleet(fail context.CancelCauseFunc) *fleet {
	return &fleet{nursery: newNursery(), events: make(chan event, 1024), fail: fail}
}

// startClient starts a client, whose end before ctx's fails the run.
func (f *fleet) startClient(ctx context.Context, command []string) error {
	i := len(f.clients)
	c, err := f.nursery.start(fmt.Sprintf("client %d", i), command...)
	if err != nil {
		return err
	}
	f.clients = append(f.clients, &member{child: c})
	go func() {
		lines := bufio.NewScanner(c.out)
		lines.Buffer(nil, 16<<20) // a histogram
		for lines.Scan() {
			var n news
			if err := json.Unmarshal(lines.Bytes(), &n); err != nil {
				f.fail(fmt.Errorf("%s wrote %q: %w", c.name, lines.Bytes(), err))
				return
			}
			if n.Error != "" {
				f.fail(fmt.Errorf("%s: %s", c.name, n.Error))
				return
			}
			select {
			case f.events <- event{i, n}:
			case <-ctx.Done():
				return
			}
			if n.Closed {
				return // it ends now, as it should
			}
		}
		f.fail(c.died())
	}()
	return nil
}

// watch fails the run when a server ends.
func (f *fleet) watch(ctx context.Context, s *server) {
	go func() {
		select {
		case <-s.gone:
			f.fail(s.died())
		case <-ctx.Done():
		}
	}()
}

// await takes news in until done says so, and calls idle at once and now and then.
func (f *fleet) await(ctx context.Context, done func() bool, idle func()) error {
	ticks := time.NewTicker(50 * time.Millisecond)
	defer ticks.Stop()
	idle()
	for !done() {
		select {
		case e := <-f.events:
			f.clients[e.from].take(e.news)
		case <-ticks.C:
			idle()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

func (m *member) take(n news) {
	m.Open = max(m.Open, n.Open)
	m.Pings = max(m.Pings, n.Pings)
	m.Pinged = max(m.Pinged, n.Pinged)
	m.Held = m.Held || n.Held
	m.Ready = m.Ready || n.Ready
	m.Done = m.Done || n.Done
	m.Closed = m.Closed || n.Closed
	if n.Latency != nil {
		m.Latency = n.Latency
	}
}

// count adds something up over the clients.
func (f *fleet) count(of func(m *member) int64) (sum int64) {
	for _, m := range f.clients {
		sum += of(m)
	}
	return sum
}

// every reports whether all clients are in a state.
func (f *fleet) every(in func(m *member) bool) bool {
	for _, m := range f.clients {
		if !in(m) {
			return false
		}
	}
	return true
}

// tell gives an order to all clients.
func (f *fleet) tell(o order) error {
	for _, m := range f.clients {
		if err := m.tell(o); err != nil {
			return err
		}
	}
	return nil
}

func (m *member) tell(o order) error {
	if err := writeLine(m.in, o); err != nil {
		return fmt.Errorf("tell %s: %w", m.name, err)
	}
	return nil
}

func (f *fleet) serverPIDs() (ps []int) {
	for _, s := range f.servers {
		ps = append(ps, s.pid())
	}
	return ps
}

func (f *fleet) clientPIDs() (ps []int) {
	for _, m := range f.clients {
		ps = append(ps, m.pid())
	}
	return ps
}

// pss is the sum over the processes, in bytes.
func pss(pids []int) (sum int64, err error) {
	for _, pid := range pids {
		m, err := proc.ReadMemory(pid)
		if err != nil {
			return 0, err
		}
		sum += m.PSS
	}
	return sum, nil
}

// held is how many connections the servers have, from the descriptors they opened: the fewest, the most and all together.
func (f *fleet) held() (fewest, most, sum int, err error) {
	for i, s := range f.servers {
		n, err := descriptors(s.pid())
		if err != nil {
			return 0, 0, 0, fmt.Errorf("%s: %w", s.name, err)
		}
		n = max(0, n-s.descriptors)
		if i == 0 {
			fewest = n
		}
		fewest, most, sum = min(fewest, n), max(most, n), sum+n
	}
	return fewest, most, sum, nil
}

// latency is a histogram of nanoseconds as a record.
func (f *fleet) latency() (*result.Latency, error) {
	var packed [][]byte
	for _, m := range f.clients {
		packed = append(packed, m.Latency)
	}
	h, err := merge(packed)
	if err != nil {
		return nil, err
	}
	if want := f.count(func(m *member) int64 { return int64(m.Open) }); h.TotalCount() != want {
		return nil, fmt.Errorf("%d latencies were reported by %d connections", h.TotalCount(), want)
	}
	at := func(q float64) int64 { return h.ValueAtQuantile(100 * q) }
	l := &result.Latency{P50: at(0.5), P90: at(0.9), P99: at(0.99), P999: at(0.999), Max: h.Max()}
	for i := range 100 {
		l.Curve = append(l.Curve, [2]float64{float64(i) / 100, float64(at(float64(i) / 100))})
	}
	l.Curve = append(l.Curve, [2]float64{0.999, float64(l.P999)}, [2]float64{1, float64(l.Max)})
	return l, nil
}

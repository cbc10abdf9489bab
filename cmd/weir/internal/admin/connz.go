package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/weir-ws/weir/engine"
)

const (
	connzDefault, connzMost = 20, 1000
	// connzWithin is how long the loops have to answer. Those that take longer are named.
	connzWithin = 2 * time.Second
)

// connz answers one request at a time: each looks at every connection.
type connz struct {
	cfg  Config
	turn chan struct{}
}

func newConnz(cfg Config) *connz { return &connz{cfg: cfg, turn: make(chan struct{}, 1)} }

// connzPage is the answer. All numbers are of about one moment.
type connzPage struct {
	Now    time.Time `json:"now"`
	Sort   string    `json:"sort"`
	Limit  int       `json:"limit"`
	Totals struct {
		Connections   int   `json:"connections"`
		Max           int   `json:"max_connections"`
		Open          int64 `json:"open"`
		Slow          int64 `json:"slow"`
		Unsent        int64 `json:"unsent_bytes"`
		Subscriptions int   `json:"subscriptions"`
		Channels      int   `json:"channels"`

		SlowSubscriptions  int64 `json:"slow_subscriptions"`
		PacedSubscriptions int64 `json:"paced_subscriptions"`
		Held               int64 `json:"held_messages"`
	} `json:"totals"`
	Loops       []connzLoop `json:"loops"`
	Connections []connzConn `json:"connections"`
}

type connzLoop struct {
	Loop   int     `json:"loop"`
	Lag    float64 `json:"lag_ms"`
	Silent bool    `json:"silent,omitempty"` // it did not answer: its connections are missing
}

type connzConn struct {
	Addr          string  `json:"addr"` // "unix" for a client of a unix socket, ours or a proxy's
	Loop          int     `json:"loop"`
	State         string  `json:"state"`
	Age           int64   `json:"age_s"`
	Idle          int64   `json:"idle_ms"`
	Unsent        int     `json:"unsent_bytes"`
	Lag           float64 `json:"lag_ms"`
	Subscriptions int     `json:"subscriptions"`

	Holding *connzHolding `json:"holding,omitempty"`
}

var orders = map[string]engine.InspectOrder{"buffered": engine.ByBuffered, "lag": engine.ByLag, "age": engine.ByAge}

// ask reads the query.
func ask(q url.Values) (sort string, limit int, err error) {
	sort, limit = "buffered", connzDefault
	if q.Has("sort") {
		sort = q.Get("sort")
	}
	if _, ok := orders[sort]; !ok {
		return "", 0, fmt.Errorf("sort=%.20q is not known; write buffered, lag or age", sort)
	}
	if q.Has("limit") {
		if limit, err = strconv.Atoi(q.Get("limit")); err != nil || limit < 1 || limit > connzMost {
			return "", 0, fmt.Errorf("limit=%.20q cannot be; write 1 to %d", q.Get("limit"), connzMost)
		}
	}
	return sort, limit, nil
}

// ServeHTTP implements http.Handler.
func (z *connz) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sort, limit, err := ask(r.URL.Query())
	if err != nil {
		plain(w, http.StatusBadRequest, err.Error()+"\n")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), connzWithin)
	defer cancel()
	select {
	case z.turn <- struct{}{}:
		defer func() { <-z.turn }()
	case <-ctx.Done():
		plain(w, http.StatusServiceUnavailable, "others ask too; try again\n")
		return
	}
	in, err := z.cfg.Engine.Inspect(ctx, engine.InspectOptions{By: orders[sort], Limit: limit, Detail: z.detail})
	if errors.Is(err, engine.ErrClosed) {
		plain(w, http.StatusServiceUnavailable, "the engine has ended\n")
		return
	}
	body, err := json.MarshalIndent(z.page(sort, limit, &in), "", "  ")
	if err != nil {
		plain(w, http.StatusInternalServerError, err.Error()+"\n")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(body, '\n')) // who asked has gone
}

// detail is what a connection's loop says about it.
type detail struct {
	subscriptions int
	holding       *connzHolding
}

func (z *connz) detail(c *engine.Conn) any {
	return detail{z.cfg.Subscriptions(c), holding(z.cfg.Holding(c))}
}

func (z *connz) page(sort string, limit int, in *engine.Inspection) *connzPage {
	e, st, h := z.cfg.Engine, z.cfg.Engine.Stats(), z.cfg.Hub.Stats()
	p := &connzPage{Now: time.Now().UTC(), Sort: sort, Limit: limit, Connections: []connzConn{}}
	t := &p.Totals
	t.Connections, t.Max, t.Open, t.Slow, t.Unsent = in.Conns, e.MaxConns(), st.Open, st.Slow, in.Unsent
	t.Subscriptions, t.Channels = h.Subscriptions, h.Channels
	held := z.cfg.Held()
	t.SlowSubscriptions, t.PacedSubscriptions, t.Held = held.Slow+held.Dropping, held.Paced, held.Messages+held.Rounds
	for i := range e.Loops() {
		p.Loops = append(p.Loops, connzLoop{Loop: i, Lag: ms(e.Loop(i).Lag())})
	}
	for _, i := range in.Silent {
		p.Loops[i].Silent = true
	}
	for i := range in.List {
		c := &in.List[i]
		addr := "unix"
		if c.Peer.IsValid() {
			addr = c.Peer.String()
		}
		d, _ := c.Detail.(detail)
		p.Connections = append(p.Connections, connzConn{
			Addr: addr, Loop: c.Loop, State: c.State, Age: int64(c.Age / time.Second), Idle: c.Idle.Milliseconds(),
			Unsent: c.Buffered, Lag: ms(c.Lag), Subscriptions: d.subscriptions, Holding: d.holding,
		})
	}
	return p
}

func ms(d time.Duration) float64 { return float64(d.Round(time.Microsecond)) / 1e6 }

package million

import (
	"fmt"
	"time"

	"github.com/weir-ws/weir/bench/internal/proc"
	"github.com/weir-ws/weir/bench/internal/result"
)

// connect opens all connections, AtOnce clients at a time: each has its own open in seconds, so that it can answer pings
// from then on.
func (r *run) connect() error {
	r.out.Memory = &result.MillionMemory{}
	var err error
	if r.out.Memory.PSSEmpty, err = pss(r.serverPIDs()); err != nil {
		return err
	}
	if r.out.Memory.Empty, err = kernelMemory(); err != nil {
		return err
	}
	before, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	start, next := time.Now(), 0
	var failed error
	done := func() bool {
		held := int(r.count(func(m *member) int64 { return oneIf(m.Held) }))
		for ; next < len(r.clients) && next < held+r.AtOnce && failed == nil; next++ {
			failed = r.clients[next].tell(order{Hold: &holdOrder{Addr: r.addr, Conns: connsOf(r.Plan, next), Sources: sourcesOf(r.Plan, next)}})
		}
		return held == len(r.clients) || failed != nil
	}
	err = r.await(r.ctx, done, func() {
		open := int(r.count(func(m *member) int64 { return int64(m.Open) }))
		left := time.Duration(0)
		if open > 0 {
			left = time.Since(start) * time.Duration(r.Plan.Conns-open) / time.Duration(open)
		}
		r.say("connect", open, r.Plan.Conns, "connections", left)
	})
	if err != nil || failed != nil {
		return firstError(failed, err)
	}
	seconds := time.Since(start).Seconds()
	after, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	used := after.Since(before)
	// A connection has two descriptors for a moment, when it is handed from accept to its loop.
	var fewest, most, sum int
	late := time.Now().Add(patience)
	if e := r.await(r.ctx, func() bool {
		fewest, most, sum, err = r.held()
		return err != nil || sum == r.Plan.Conns || time.Now().After(late)
	}, func() {}); e != nil || err != nil {
		return firstError(err, e)
	}
	if sum != r.Plan.Conns {
		return fmt.Errorf("the clients opened %d connections and the servers hold %d", r.Plan.Conns, sum)
	}
	r.out.Connect = &result.MillionConnect{Seconds: seconds, UserCPU: used.User.Seconds(), SystemCPU: used.System.Seconds(), Fewest: fewest, Most: most}
	return nil
}

// idle lets the heartbeat go round once and reads what that and the connections cost.
func (r *run) idle() error {
	if err := r.pause("idle"); err != nil {
		return err
	}
	pings := func() int64 { return r.count(func(m *member) int64 { return m.Pings }) }
	ours := append(r.serverPIDs(), r.clientPIDs()...)
	census, err := proc.TakeCensus()
	if err != nil {
		return err
	}
	before, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	start, pinged := time.Now(), pings()
	quiet := 0.0
	if err := r.await(r.ctx, func() bool { return time.Since(start) >= r.Settle }, func() {}); err != nil {
		return err
	}
	if now, err := proc.Read(r.serverPIDs()); err == nil && pings() == pinged {
		quiet = now.Since(before).Sum().Seconds() / time.Since(start).Seconds()
	}
	window := r.window()
	each := func() int { return int(r.count(func(m *member) int64 { return int64(m.Pinged) })) }
	round := func() bool { return pings()-pinged >= int64(r.Plan.Conns) && each() == r.Plan.Conns }
	late := 2*window + 10*time.Second // the machine may be busy with other things
	err = r.await(r.ctx, func() bool { t := time.Since(start); return t >= window && round() || t >= late }, func() {
		r.say("idle", int(pings()-pinged), r.Plan.Conns, "pings answered", window-time.Since(start))
	})
	if err != nil {
		return err
	}
	after, err := proc.Read(r.serverPIDs())
	if err != nil {
		return err
	}
	seconds, used := time.Since(start).Seconds(), after.Since(before)
	now, err := proc.TakeCensus()
	if err != nil {
		return err
	}
	r.out.Idle = &result.MillionIdle{Seconds: seconds, Pings: pings() - pinged, Pinged: each(), Quiet: quiet, UserCPU: used.User.Seconds(), SystemCPU: used.System.Seconds(),
		Neighbours: now.Neighbours(census, ours...)}
	if !round() {
		return fmt.Errorf("%d pings were answered in %.0f s, and %d of %d connections have answered one", pings()-pinged, seconds, each(), r.Plan.Conns)
	}
	m := r.out.Memory
	if m.PSSHeld, err = pss(r.serverPIDs()); err != nil {
		return err
	}
	if m.ClientsPSS, err = pss(r.clientPIDs()); err != nil {
		return err
	}
	m.Held, err = kernelMemory()
	return err
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func firstError(es ...error) error {
	for _, e := range es {
		if e != nil {
			return e
		}
	}
	return nil
}

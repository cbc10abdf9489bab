package proc

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// stat is what /proc/PID/stat says, as far as it is used here.
type stat struct {
	pid, parent int
	kernel      bool
	start       uint64        // ticks after boot; with the PID it names a process for good
	own, reaped time.Duration // CPU of the process, and of the children it has waited for
}

// kernelThread is PF_KTHREAD among the flags in /proc/PID/stat.
const kernelThread = 0x00200000

func parseStat(b []byte) (s stat, ok bool) {
	open, end := bytes.IndexByte(b, ' '), bytes.LastIndexByte(b, ')')
	if open < 0 || end < 0 {
		return s, false
	}
	f := strings.Fields(string(b[end+1:]))
	if len(f) < 20 {
		return s, false
	}
	n := make([]int64, 20)
	for i := 1; i < 20; i++ {
		v, err := strconv.ParseInt(f[i], 10, 64)
		if err != nil {
			return s, false
		}
		n[i] = v
	}
	pid, err := strconv.Atoi(string(b[:open]))
	return stat{
		pid: pid, parent: int(n[1]), kernel: n[6]&kernelThread != 0, start: uint64(n[19]),
		own: time.Duration(n[11]+n[12]) * tick, reaped: time.Duration(n[13]+n[14]) * tick,
	}, err == nil
}

// each calls visit for every process there is; one that ends meanwhile is passed over.
func each(visit func(stat)) error {
	dir, err := os.Open("/proc")
	if err != nil {
		return err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name[0] < '0' || name[0] > '9' {
			continue
		}
		b, err := os.ReadFile("/proc/" + name + "/stat")
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ESRCH) {
			continue
		}
		if err != nil {
			return err
		}
		s, ok := parseStat(b)
		if !ok {
			return fmt.Errorf("/proc/%s/stat: unexpected form %q", name, b)
		}
		visit(s)
	}
	return nil
}

// Census is the CPU time of every process of the machine at one moment.
type Census struct {
	processes map[int]stat
	stolen    time.Duration // what the hypervisor gave to others, of all cores
	at        time.Time
}

// TakeCensus reads /proc once; with a few hundred processes it takes a few milliseconds.
func TakeCensus() (Census, error) {
	c := Census{processes: make(map[int]stat)}
	if err := each(func(s stat) { c.processes[s.pid] = s }); err != nil {
		return c, err
	}
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return c, err
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if f := strings.Fields(string(line)); len(f) > 8 {
		n, _ := strconv.ParseInt(f[8], 10, 64)
		c.stolen = time.Duration(n) * tick
	}
	c.at = time.Now()
	return c, nil
}

// Neighbours is how many cores everything but ours has used on average since the census before. ours says which processes
// not to count, and with each its descendants. Kernel threads are not counted: what they do in a measurement over loopback,
// it causes. What the hypervisor stole is. A process that came and went in between counts if its parent has waited for it.
func (c Census) Neighbours(before Census, ours ...int) float64 {
	mine, was := c.family(ours), before.family(ours)
	// What a process has waited for is counted whole in its parent's time, also the part from before. So what those that have
	// ended had used by then is set against the nearest ancestor that is left.
	old := map[int]time.Duration{}
	for pid, then := range before.processes {
		if c.is(then) || then.kernel || was[pid] {
			continue
		}
		heir := then
		for range generations {
			if heir = before.processes[heir.parent]; c.is(heir) {
				old[heir.pid] += then.own + then.reaped
				break
			}
		}
	}
	used := c.stolen - before.stolen
	for pid, now := range c.processes {
		if now.kernel || mine[pid] {
			continue
		}
		var then stat
		if before.is(now) {
			then = before.processes[pid]
		}
		used += now.own - then.own + max(now.reaped-then.reaped-old[pid], 0)
	}
	elapsed := c.at.Sub(before.at)
	if elapsed <= 0 || used < 0 {
		return 0
	}
	return used.Seconds() / elapsed.Seconds()
}

// generations ends a walk up the ancestors in a census whose parents changed while it was read.
const generations = 64

// is says whether the process is in the census: it and not another that was given its PID.
func (c Census) is(p stat) bool {
	q, ok := c.processes[p.pid]
	return ok && q.start == p.start
}

// family is the processes and all that descend from them.
func (c Census) family(roots []int) map[int]bool {
	in := make(map[int]bool, len(c.processes))
	for _, pid := range roots {
		in[pid] = true
	}
	var member func(pid, depth int) bool
	member = func(pid, depth int) bool {
		if known, ok := in[pid]; ok {
			return known
		}
		s, ok := c.processes[pid]
		is := ok && s.parent != 0 && depth < generations && member(s.parent, depth+1)
		in[pid] = is
		return is
	}
	for pid := range c.processes {
		member(pid, 0)
	}
	return in
}

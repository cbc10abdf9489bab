package run

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/weir-ws/weir/bench/internal/load"
	"github.com/weir-ws/weir/bench/internal/proc"
	"github.com/weir-ws/weir/bench/internal/result"
)

// meter reads the clocks of a server, of this process and of everybody else when a window begins and ends.
type meter struct {
	pids    []int  // of the server
	onBegin func() // runs just before the window, for what a cell wants to see then; nil: nothing

	began, ended          time.Time
	serverThen, serverNow proc.Reading
	ownThen, ownNow       time.Duration
	err                   error

	// The censuses read all of /proc, which takes milliseconds; they run beside the load loop, not in it.
	census              sync.WaitGroup
	before, after       proc.Census
	errBefore, errAfter error
}

// newMeter makes one for the processes of a server as they are now.
func newMeter(p *Process) (*meter, error) {
	pids := p.PIDs()
	if len(pids) == 0 {
		return nil, errors.New("the server has ended")
	}
	return &meter{pids: pids}, nil
}

// window hands the meter to the load generator.
func (m *meter) window() load.Window { return load.Window{Begin: m.begin, End: m.end} }

func (m *meter) begin() {
	if m.onBegin != nil {
		m.onBegin()
	}
	m.census.Go(func() { m.before, m.errBefore = proc.TakeCensus() })
	m.serverThen, m.err = proc.Read(m.pids)
	m.ownThen, _ = proc.CPUTime(os.Getpid())
	m.began = time.Now()
}

func (m *meter) end() {
	m.ended = time.Now()
	m.ownNow, _ = proc.CPUTime(os.Getpid())
	if m.err == nil {
		m.serverNow, m.err = proc.Read(m.pids)
	}
	m.census.Go(func() { m.after, m.errAfter = proc.TakeCensus() })
}

// fill writes what the window cost into s. It is an error if there was no window, or a process of the server ended in it.
func (m *meter) fill(s *result.Sample) error {
	m.census.Wait()
	switch {
	case m.began.IsZero() || m.ended.IsZero():
		return errors.New("the load had no measured window")
	case m.err != nil:
		return fmt.Errorf("a process of the server is gone: %w", m.err)
	case m.errBefore != nil:
		return m.errBefore
	case m.errAfter != nil:
		return m.errAfter
	}
	used := m.serverNow.Since(m.serverThen)
	s.Seconds = m.ended.Sub(m.began).Seconds()
	s.UserCPU, s.SystemCPU = used.User.Seconds(), used.System.Seconds()
	s.LoadCPU = (m.ownNow - m.ownThen).Seconds()
	s.Neighbours = m.after.Neighbours(m.before, append([]int{os.Getpid()}, m.pids...)...)
	return nil
}

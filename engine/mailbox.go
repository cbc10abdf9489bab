package engine

import "sync"

// mailbox is a loop's FIFO of posted work.
//
// gnet's own task queue is not FIFO past 1024 pending tasks, and every task in it
// costs an allocation and perhaps a wake. So a loop has one mailbox and at most
// one wake under way: from the first post to the turn that takes it.
type mailbox struct {
	mu     sync.Mutex
	tasks  []task
	closed bool
}

// task is a plain func or a func for one connection.
type task struct {
	fn  func()
	cfn func(*Conn)
	ref Ref
}

// push appends t and reports whether the mailbox was empty before (ok false: closed).
func (m *mailbox) push(t task) (first, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false, false
	}
	m.tasks = append(m.tasks, t)
	return len(m.tasks) == 1, true
}

// take hands over all tasks and keeps spare (emptied) for the next ones.
func (m *mailbox) take(spare []task) []task {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks
	m.tasks = spare[:0]
	return t
}

// waiting reports whether something was posted and not taken.
func (m *mailbox) waiting() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.tasks) > 0
}

func (m *mailbox) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.tasks = nil
}

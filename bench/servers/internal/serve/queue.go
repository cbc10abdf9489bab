package serve

// queueLen is how many messages wait for one subscriber.
const queueLen = 256

// Topic fans messages out to subscribers that have a queue and a writer goroutine each. Its zero value has none; any
// goroutine may use it.
type Topic[M any] struct{ room Room[*Subscriber[M]] }

// Subscriber is one connection in a Topic.
type Subscriber[M any] struct {
	queue chan M
	cut   func()
}

// Join adds a subscriber, whose messages are taken by write on a goroutine of its own, in order, until it returns an
// error or the subscriber leaves. cut ends the connection: it is called when write has failed or the queue is full,
// and must not block.
func (t *Topic[M]) Join(write func(M) error, cut func()) *Subscriber[M] {
	s := &Subscriber[M]{queue: make(chan M, queueLen), cut: cut}
	t.room.Add(s)
	go func() {
		for m := range s.queue {
			if write(m) != nil {
				cut() // the reader notices and leaves
				return
			}
		}
	}()
	return s
}

// Leave takes s out; it is owed when the connection has ended.
func (t *Topic[M]) Leave(s *Subscriber[M]) {
	if t.room.Remove(s) {
		close(s.queue)
	}
}

// Publish queues m for every subscriber and never blocks. One whose queue is full is cut off: a gap would go unnoticed.
func (t *Topic[M]) Publish(m M) {
	t.room.Each(func(s *Subscriber[M]) bool {
		select {
		case s.queue <- m:
			return true
		default:
			s.cut()
			close(s.queue)
			return false
		}
	})
}

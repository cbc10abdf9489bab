package hub

import "container/list"

// latest is the last message of each key, in the order of their sequence numbers.
type latest struct {
	most  int
	keys  map[string]*list.Element
	order list.List  // of *Message
	shown []*Message // what newcomers share until the next message; nil: to be made
}

func newLatest(most int) *latest { return &latest{most: most} }

func (l *latest) set(m *Message) {
	l.shown = nil
	if e := l.keys[m.Key]; e != nil {
		e.Value = m
		l.order.MoveToBack(e)
		return
	}
	if l.keys == nil {
		l.keys = make(map[string]*list.Element, 1)
	}
	if len(l.keys) >= l.most {
		oldest := l.order.Front()
		delete(l.keys, l.order.Remove(oldest).(*Message).Key)
	}
	l.keys[m.Key] = l.order.PushBack(m)
}

func (l *latest) clear() {
	l.keys, l.shown = nil, nil
	l.order.Init()
}

func (l *latest) all() []*Message {
	if l.shown == nil && len(l.keys) > 0 {
		l.shown = make([]*Message, 0, len(l.keys))
		for e := l.order.Front(); e != nil; e = e.Next() {
			l.shown = append(l.shown, e.Value.(*Message))
		}
	}
	return l.shown
}

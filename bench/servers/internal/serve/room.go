package serve

import "sync"

// Room is the set of subscribers of a server whose library has no such thing. Its zero value is empty; any goroutine
// may use it.
type Room[S comparable] struct {
	mu      sync.Mutex
	members map[S]struct{}
}

// Add puts s into the room.
func (r *Room[S]) Add(s S) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.members == nil {
		r.members = map[S]struct{}{}
	}
	r.members[s] = struct{}{}
}

// Remove takes s out and says whether it was in.
func (r *Room[S]) Remove(s S) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, in := r.members[s]
	delete(r.members, s)
	return in
}

// Each calls f for every subscriber, in no order, and takes out those for which it returns false. The room is locked
// meanwhile, so that all of them get the messages in one order: f must neither block nor call the room.
func (r *Room[S]) Each(f func(S) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for s := range r.members {
		if !f(s) {
			delete(r.members, s)
		}
	}
}

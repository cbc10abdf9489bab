package serve_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/weir-ws/weir/bench/servers/internal/serve"
)

func TestTopic(t *testing.T) {
	var topic serve.Topic[int]
	var wg sync.WaitGroup
	var got []int
	wg.Add(100)
	s := topic.Join(func(m int) error { got = append(got, m); wg.Done(); return nil }, func() { t.Error("a reader that keeps up is cut off") })
	var want []int
	for i := range 100 {
		topic.Publish(i)
		want = append(want, i)
	}
	wg.Wait()
	if !slices.Equal(got, want) {
		t.Errorf("arrived as %v", got)
	}
	topic.Leave(s)
	topic.Leave(s) // twice is fine
	topic.Publish(100)
}

func TestTopicCutsOff(t *testing.T) {
	var topic serve.Topic[int]
	blocked, cuts := make(chan struct{}), 0
	topic.Join(func(int) error { <-blocked; return nil }, func() { cuts++ })
	for i := range 300 { // more than queue and writer hold
		topic.Publish(i)
	}
	close(blocked)
	if cuts != 1 {
		t.Errorf("a reader that takes nothing is cut off %d times", cuts)
	}
	failed := make(chan struct{})
	topic.Join(func(int) error { return errors.New("gone") }, func() { close(failed) })
	topic.Publish(0)
	<-failed
}

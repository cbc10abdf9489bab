package engine

import (
	"sync"
	"testing"
)

func TestMailboxOrder(t *testing.T) {
	var m mailbox
	var got []int
	push := func(i int) (bool, bool) { return m.push(task{fn: func() { got = append(got, i) }}) }
	for i := range 5000 { // above gnet's 1024
		if first, ok := push(i); !ok || first != (i == 0) {
			t.Fatalf("push %d: first %t, ok %t", i, first, ok)
		}
	}
	if !m.waiting() {
		t.Error("nothing waits after 5000 pushes")
	}
	for _, task := range m.take(nil) {
		task.fn()
	}
	for i, x := range got {
		if x != i {
			t.Fatalf("task %d ran as number %d", x, i)
		}
	}
	if len(got) != 5000 || m.waiting() {
		t.Errorf("%d tasks ran, more wait: %t", len(got), m.waiting())
	}
	if first, _ := push(0); !first {
		t.Error("the first push after a take is not the first")
	}
}

// The two buffers change places, so that a steady flow of posts allocates nothing.
func TestMailboxTakesNoMemory(t *testing.T) {
	if RaceBuild {
		t.Skip("the race detector allocates")
	}
	var m mailbox
	var spare []task
	f := func() {}
	if n := testing.AllocsPerRun(1000, func() {
		for range 10 {
			m.push(task{fn: f})
		}
		tasks := m.take(spare)
		if len(tasks) != 10 {
			t.Fatalf("%d tasks", len(tasks))
		}
		clear(tasks)
		spare = tasks
	}); n != 0 {
		t.Errorf("%v allocations for ten posts", n)
	}
}

func TestMailboxClosed(t *testing.T) {
	var m mailbox
	m.push(task{fn: func() { t.Error("a task of a closed mailbox ran") }})
	m.close()
	if _, ok := m.push(task{}); ok {
		t.Error("push to a closed mailbox said ok")
	}
	if tasks := m.take(nil); len(tasks) != 0 || m.waiting() {
		t.Errorf("%d tasks in a closed mailbox", len(tasks))
	}
	m.close()
}

// Whoever pushes first is told so, once for each take: neither a wake too few nor one too many.
func TestMailboxFirstOncePerTake(t *testing.T) {
	const pushers, each = 8, 2000
	var m mailbox
	var wg sync.WaitGroup
	wakes := make(chan struct{}, pushers*each)
	ran := make([]int, pushers)
	for p := range pushers {
		wg.Go(func() {
			for i := range each {
				first, _ := m.push(task{fn: func() {
					if ran[p] != i {
						t.Errorf("pusher %d: task %d ran, %d was due", p, i, ran[p])
					}
					ran[p]++
				}})
				if first {
					wakes <- struct{}{}
				}
			}
		})
	}
	var spare []task
	for done := 0; done < pushers*each; {
		<-wakes
		tasks := m.take(spare)
		if len(tasks) == 0 {
			t.Fatal("a wake for nothing")
		}
		for i := range tasks {
			tasks[i].fn()
		}
		done += len(tasks)
		spare = tasks
	}
	wg.Wait()
	if len(wakes) != 0 {
		t.Errorf("%d wakes are left over", len(wakes))
	}
}

package hub_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/hubtest"
)

// However many goroutines want a channel that is not there, the application is asked once what it is for and makes one fold, and the
// others get that channel.
func TestChannelIsMadeOnce(t *testing.T) {
	const publishers, loops = 6, 3
	var asked, folds atomic.Int32
	in, open := make(chan struct{}, publishers+loops), make(chan struct{})
	h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions {
		asked.Add(1)
		in <- struct{}{}
		<-open
		return &hub.ChannelOptions{Snapshot: hub.SnapshotFold, Fold: func() hub.Fold {
			folds.Add(1)
			return &sum{}
		}}
	}})
	var begun, done sync.WaitGroup
	for range publishers {
		begun.Add(1)
		done.Go(func() {
			begun.Done()
			if _, err := h.Publish(t.Context(), "c", hub.Payload{Data: []byte("1")}); err != nil {
				t.Error(err)
			}
		})
	}
	var members [loops]*hubtest.Recorder
	var ends [loops]*hubtest.Loop
	for i := range loops {
		begun.Add(1)
		members[i], ends[i] = &hubtest.Recorder{}, hubtest.NewLoop(1+i)
		done.Go(func() {
			begun.Done()
			if err := h.Join(ends[i], members[i], "c", hub.JoinOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	begun.Wait()
	<-in
	yieldALot()
	close(open)
	done.Wait()
	publish(t, h, "c", "1")
	for i := range loops {
		ends[i].Run()
		if n := len(members[i].Messages); n == 0 || members[i].Messages[n-1].Seq != publishers+1 {
			t.Errorf("member %d has %d messages, want the last one to be %d", i, n, publishers+1)
		}
	}
	if asked.Load() != 1 || folds.Load() != 1 {
		t.Errorf("Config.Options was asked %d times, %d folds were made; want 1 of each", asked.Load(), folds.Load())
	}
	checkSum(t, h, publishers+1, publishers+1)
}

// Options that panic leave nobody waiting: the next one is asked again.
func TestOptionsPanic(t *testing.T) {
	var asked atomic.Int32
	in, open := make(chan struct{}), make(chan struct{})
	h := newHub(t, hub.Config{Options: func(string) *hub.ChannelOptions {
		if asked.Add(1) == 1 {
			close(in)
			<-open
			panic("no")
		}
		return nil
	}})
	var done sync.WaitGroup
	done.Go(func() {
		defer func() {
			if v := recover(); v != "no" {
				t.Errorf("recovered %v", v)
			}
		}()
		publish(t, h, "c", "1")
	})
	<-in
	done.Go(func() {
		if _, err := h.Publish(t.Context(), "c", hub.Payload{Data: []byte("2")}); err != nil {
			t.Error(err)
		}
	})
	yieldALot()
	close(open)
	done.Wait()
	if n := asked.Load(); n != 2 {
		t.Errorf("Config.Options was asked %d times, want 2", n)
	}
	if err := h.Join(hubtest.NewLoop(0), &hubtest.Recorder{}, "c", hub.JoinOptions{}); err != nil {
		t.Error(err)
	}
}

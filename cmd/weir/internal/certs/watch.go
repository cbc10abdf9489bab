package certs

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Every is how often the files are looked at.
const Every = 5 * time.Second

// Watch reads the files again when they change, and at SIGHUP, until ctx ends. It looks at them rather than have the kernel
// tell: they may be links into a directory that is replaced as a whole, as Kubernetes does it.
func (l *Loader) Watch(ctx context.Context) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	tick := time.NewTicker(Every)
	defer tick.Stop()
	l.watch(ctx, hup, tick.C)
}

// watch logs its errors by way of reload.
func (l *Loader) watch(ctx context.Context, hup <-chan os.Signal, tick <-chan time.Time) {
	for {
		select {
		case <-hup:
			_ = l.Reload()
		case <-tick:
			_ = l.Check()
		case <-ctx.Done():
			return
		}
	}
}

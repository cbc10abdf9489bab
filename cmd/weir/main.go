package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/weir-ws/weir/cmd/weir/internal/cli"
)

// echoOfSignal is how long further signals are taken for the first one: Ctrl-C in a shell, and some supervisors, send
// it to the process and to its group.
const echoOfSignal = time.Second

func main() {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		cancel(errors.New(signalName(<-signals)))
		time.Sleep(echoOfSignal)
		signal.Stop(signals) // the next one ends the process, as if we had never listened
	}()
	os.Exit(cli.Execute(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}

// signalName is the name that people know.
func signalName(s os.Signal) string {
	switch s {
	case os.Interrupt:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	}
	return s.String()
}

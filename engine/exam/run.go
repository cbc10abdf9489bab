package exam

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// capDeadlines bounds a case in deadlines: a server that goes on sending
// something for ever does not hold the exam up for ever.
const capDeadlines = 15

// Run sits the cases, Options.Parallel at a time, and reports in their order.
// It returns early, with the results so far, when ctx ends. An error means that
// the Target could not be understood; a server that cannot be reached fails
// the cases.
func Run(ctx context.Context, t Target, cases []Case, o Options) (Report, error) {
	o = o.withDefaults()
	to, err := t.resolve()
	if err != nil {
		return Report{}, err
	}
	start := time.Now()
	results := make([]Result, len(cases))
	todo := make(chan int)
	var workers sync.WaitGroup
	var progress sync.Mutex
	for range min(o.Parallel, len(cases)) {
		workers.Go(func() {
			for i := range todo {
				r := sit(ctx, to, cases[i], o)
				if ctx.Err() != nil {
					continue // it may have been cut short: no verdict
				}
				results[i] = r
				if o.Progress != nil {
					progress.Lock()
					o.Progress(r)
					progress.Unlock()
				}
			}
		})
	}
feed:
	for i := range cases {
		select {
		case todo <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(todo)
	workers.Wait()

	report := Report{Target: t.URL, Elapsed: time.Since(start)}
	for _, r := range results {
		if r.Case.Run != nil {
			report.Results = append(report.Results, r)
		}
	}
	report.Unsat = len(cases) - len(report.Results)
	return report, nil
}

// sit puts one case to the server.
func sit(ctx context.Context, to endpoint, c Case, o Options) Result {
	start := time.Now()
	ctx, cancel := context.WithTimeout(ctx, capDeadlines*o.Deadline)
	defer cancel()
	err := func() error {
		cl, err := connect(ctx, to, c, o)
		if err != nil {
			return fmt.Errorf("connecting: %w", err)
		}
		defer cl.close()
		stop := context.AfterFunc(ctx, func() { _ = cl.conn.Close() }) // whoever reads or writes it sees that
		defer stop()
		return c.Run(cl)
	}()
	return Result{Case: c, Verdict: verdictOf(err), Err: err, Elapsed: time.Since(start)}
}

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"time"
)

const (
	step       = time.Millisecond // how often what is due is written
	batchSteps = 10               // steps in a request
	pipelined  = 8                // requests that may be without an answer: the publisher waits for the server, not for a turn of its loops
)

// publisher writes the updates to POST /publish: one connection, a request for the updates of every ten steps, whose body is written as
// they become due, whether those before are answered or not.
type publisher struct {
	o       *options
	streams []*stream
	shares  []int // updates of each stream in a step

	began time.Time
	took  time.Duration
	late  time.Duration // the longest that an update was behind its time when it was written
}

// plan divides the rate into steps. The number of updates is rounded down to whole requests.
func (p *publisher) plan() {
	seconds := (p.o.warm + p.o.measure).Seconds()
	for i, s := range p.streams {
		s.total = uint64(p.shares[i]) * batchSteps * uint64(seconds/(batchSteps*step).Seconds())
	}
}

// run publishes everything, unless ctx ends before. begin is called before the first update.
func (p *publisher) run(ctx context.Context, begin func(time.Time)) error {
	runtime.LockOSThread()
	conn, err := net.Dial("tcp", p.o.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	answers := newAnswers(conn)
	body := newBatch(p.streams, p.shares)
	request := fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-ndjson\r\nContent-Length: %d\r\n\r\n",
		p.o.publish, p.o.addr, batchSteps*len(body.text))
	p.began = time.Now()
	begin(p.began)
	steps := int(p.streams[0].total) / p.shares[0]
	for i := range steps {
		due := p.began.Add(time.Duration(i+1) * step)
		time.Sleep(time.Until(due))
		if i%batchSteps == 0 {
			if err := answers.await(pipelined - 1); err != nil {
				return err
			}
			if _, err := conn.Write(request); err != nil {
				return fmt.Errorf("publishing: %w", err)
			}
		}
		now := time.Now()
		p.late = max(p.late, now.Sub(due))
		if _, err := conn.Write(body.fill(now.UnixNano())); err != nil {
			return fmt.Errorf("publishing: %w", err)
		}
		if i%batchSteps == batchSteps-1 {
			answers.missing++
		}
	}
	err = answers.await(0)
	p.took = time.Since(p.began)
	return err
}

// answers reads those of a connection, in a goroutine that ends with it.
type answers struct {
	read    chan error
	missing int
}

func newAnswers(conn net.Conn) *answers {
	a := &answers{read: make(chan error, pipelined+1)}
	go func() {
		in := bufio.NewReaderSize(conn, 1<<20)
		for {
			err := answered(in)
			a.read <- err
			if err != nil {
				return
			}
		}
	}()
	return a
}

// await waits until no more than so many answers are missing.
func (a *answers) await(most int) error {
	for a.missing > most {
		if err := <-a.read; err != nil {
			return err
		}
		a.missing--
	}
	return nil
}

// answered reads the answer to a request. That each update was published shows at the readers.
func answered(in *bufio.Reader) error {
	r, err := http.ReadResponse(in, nil)
	if err != nil {
		return fmt.Errorf("the answer to a batch: %w", err)
	}
	text, err := io.ReadAll(r.Body)
	if err == nil && r.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %.500s", r.StatusCode, text[max(0, len(text)-500):])
	}
	return err
}

// batch is the updates of a step.
type batch struct {
	streams []*stream
	next    []uint64
	places  []place
	text    []byte
}

// place is where an update stands in a batch.
type place struct{ stream, ts, key, value int }

func newBatch(streams []*stream, shares []int) *batch {
	b := &batch{streams: streams, next: make([]uint64, len(streams))}
	for i, s := range streams {
		b.next[i] = 1
		line, ts, key, value := s.template()
		for range shares[i] {
			at := len(b.text)
			b.places = append(b.places, place{i, at + ts, at + key, at + value})
			b.text = append(b.text, line...)
		}
	}
	return b
}

// fill returns the lines of the next updates.
func (b *batch) fill(ts int64) []byte {
	for _, p := range b.places {
		n := b.next[p.stream]
		b.next[p.stream]++
		putDigits(b.text[p.ts:p.ts+19], uint64(ts))
		putDigits(b.text[p.key:p.key+3], uint64(keyOf(n, b.streams[p.stream].keys)))
		putDigits(b.text[p.value:p.value+7], firstValue+n)
	}
	return b.text
}

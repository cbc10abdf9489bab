package source

import "time"

// Progress is how far a replay has come: a snapshot of counters, each right in itself.
type Progress struct {
	Messages uint64        // published, over all passes and runs
	Bytes    uint64        // of their data
	Skipped  uint64        // lines that are no stream's message: snapshots got by REST, empty lines
	Passes   uint64        // times the file's end was reached
	Position int64         // bytes of the file read in this pass (as on disk: compressed, if it is)
	Size     int64         // bytes of the file when the Replay was made
	Recorded time.Duration // recorded time of the last message, from the first one of the file
	Elapsed  time.Duration // since Run began; once it has returned, how long it took
}

// Progress may be called from any goroutine, before, during and after a Run.
func (r *Replay) Progress() Progress {
	return Progress{
		Messages: r.messages.Load(),
		Bytes:    r.bytes.Load(),
		Skipped:  r.skipped.Load(),
		Passes:   r.finished.Load(),
		Position: r.position.Load(),
		Size:     r.size,
		Recorded: time.Duration(r.recorded.Load()),
		Elapsed:  r.watch.elapsed(r.cfg.Clock),
	}
}

// Percent is how much of the file this pass has read, 0 to 100. It runs ahead of what is published by the
// read-ahead, at most 64 KiB of the file and 64 KiB of its contents.
func (p Progress) Percent() float64 {
	if p.Size <= 0 {
		return 0
	}
	return min(100, 100*float64(p.Position)/float64(p.Size))
}

package source

import (
	"context"
	"sync/atomic"
)

// ReplayConfig says what is replayed and how.
type ReplayConfig struct {
	// Path is the recording, plain or gzipped: what it is shows in its first bytes, not in its name.
	Path string
	// Speed is a factor of the recorded speed, or Max. 0: 1. Above what subscribers can take, use Max with a Pace:
	// any other speed keeps its times, whoever falls behind.
	Speed Speed
	// Loop begins again at the end, without a pause, until Run is stopped. The times of the messages repeat, and the first one of each
	// stream has a gap before it.
	Loop bool
	// Pace is called at Max, and only there, after every chunk: it returns once the subscribers have what was
	// published, so that none is outrun. An error ends the replay. nil: nothing holds the replay back but the sink.
	Pace func(ctx context.Context) error
	// ChunkBytes is how much is published between two calls of Pace, in bytes a subscriber of all channels gets:
	// the data, the channel's name and MessageOverhead for every message. A message bigger than that makes a
	// chunk of its own. It should stay below the watermark of a connection's buffer. 0: 32 KiB.
	ChunkBytes int
	// Snapshots publishes lines that are an order book got by REST, which name no stream, to the depth stream (one with "@depth" in its name)
	// that came last before them, as snapshots. Otherwise they are passed over, as they are before the first depth stream of a pass.
	Snapshots bool
	// Clock is the time; nil: SystemClock.
	Clock Clock
}

// MessageOverhead is what a chunk counts for a message besides its data and its channel's name: a protocol's
// envelope with sequence number and time, and the frame's header. It is not small change: on the recording's book
// tickers (107 bytes of data) it doubles them, and 32 KiB of data alone would make more than the 64 KiB at which
// a connection begins to drop.
const MessageOverhead = 112

// DefaultChunkBytes is ReplayConfig.ChunkBytes when that is 0.
const DefaultChunkBytes = 32 << 10

// Replay plays a recording. Make one with NewReplay.
type Replay struct {
	cfg  ReplayConfig
	size int64

	watch                              stopwatch
	messages, bytes, skipped, finished atomic.Uint64
	position, recorded                 atomic.Int64
}

var _ Source = (*Replay)(nil)

// NewReplay checks cfg and that its file is there. The error is a *ConfigError or a *FileError.
func NewReplay(cfg ReplayConfig) (*Replay, error) {
	if cfg.Path == "" {
		return nil, &ConfigError{"Path", "give the path of a recording, plain or gzipped"}
	}
	if cfg.Speed == 0 {
		cfg.Speed = 1
	}
	if !cfg.Speed.valid() {
		return nil, &ConfigError{"Speed", "must be a positive factor such as 1, 10 or 0.5, or Max"}
	}
	if cfg.ChunkBytes < 0 {
		return nil, &ConfigError{"ChunkBytes", "must be a positive number of bytes, or 0 for 32 KiB"}
	}
	if cfg.ChunkBytes == 0 {
		cfg.ChunkBytes = DefaultChunkBytes
	}
	if cfg.Clock == nil {
		cfg.Clock = SystemClock()
	}
	info, err := statRecording(cfg.Path)
	if err != nil {
		return nil, err
	}
	return &Replay{cfg: cfg, size: info.Size()}, nil
}

// Run plays the recording to its end, or with Loop until ctx ends. See [Source] for what it returns; what is
// wrong with the file or a message is a *FileError that says where.
//
// A malformed line ends the replay. Passing over it would leave a hole in a stream of differences that no
// subscriber can see, its sequence numbers being given later: every book would be wrong from there on.
func (r *Replay) Run(ctx context.Context, sink Sink) error {
	if !r.watch.start(r.cfg.Clock.Now()) {
		return ErrRunning
	}
	defer func() { r.watch.stop(r.cfg.Clock.Now()) }()
	p := &pass{
		Replay:    r,
		ctx:       ctx,
		publisher: publisher{ctx, sink, &r.messages, &r.bytes},
		streams:   make(map[string]*stream),
		schedule:  schedule{clock: r.cfg.Clock},
	}
	for ; ; p.passes++ {
		if err := p.run(); err != nil {
			return stopped(ctx, err)
		}
		r.finished.Add(1)
		if !r.cfg.Loop {
			return nil
		}
	}
}

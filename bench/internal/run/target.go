package run

import (
	"context"

	"github.com/weir-ws/weir/bench/internal/rival"
)

// Of is a prepared server as a run takes it.
func Of(s rival.Server) Server {
	start := func(ctx context.Context) (*Process, error) {
		p, err := s.Start(ctx)
		if err != nil {
			return nil, err
		}
		return &Process{Addr: p.Addr, PIDs: p.PIDs, Done: p.Done(), Stop: func() error {
			err := p.Err()
			_ = p.Stop() // one that has to be killed has been measured all the same
			return err
		}}, nil
	}
	return Server{Info: s.Result(), Channels: s.Name == "weir" || s.Name == "bare", Start: start}
}

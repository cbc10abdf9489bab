package metrics

import (
	"strconv"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/frame"
)

// disconnects has every code from the start, so that the first close of a kind is an increase and not a new series.
func disconnects(s *snapshot) []value {
	vs := make([]value, 0, 18)
	for code := frame.Status(1000); code <= 1015; code++ {
		vs = append(vs, value{strconv.Itoa(int(code)), float64(s.engine.Closed[code])})
	}
	return append(vs, value{"3000", float64(s.engine.Closed[3000])}, value{"other", float64(s.engine.Closed[0])})
}

// interventions has every reason from the start too.
func interventions(s *snapshot) []value {
	rs := engine.Reasons()
	vs := make([]value, len(rs))
	for i, r := range rs {
		vs[i] = value{r.String(), float64(s.engine.Reasons[r])}
	}
	return vs
}

func lags(s *snapshot) []value {
	e := s.from.Engine
	vs := make([]value, e.Loops())
	for i := range vs {
		vs[i] = value{strconv.Itoa(i), e.Loop(i).Lag().Seconds()}
	}
	return vs
}

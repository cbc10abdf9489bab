package metrics

import (
	"strconv"

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

func lags(s *snapshot) []value {
	e := s.from.Engine
	vs := make([]value, e.Loops())
	for i := range vs {
		vs[i] = value{strconv.Itoa(i), e.Loop(i).Lag().Seconds()}
	}
	return vs
}

package compare

import (
	"fmt"
	"math"

	"github.com/weir-ws/weir/bench/internal/cell"
	"github.com/weir-ws/weir/bench/internal/result"
)

// Metric is a figure that two checkouts are compared by; less of it is better.
type Metric struct {
	Name string // "CPU per message"
	Unit string
	// Less and More are what the second is if it has less or more of it.
	Less, More string
	// Of is the figure of a sample; 0: it has none.
	Of func(*result.Sample) float64
}

var (
	cpu       = Metric{"CPU per message", "us", "faster", "slower", (*result.Sample).CPUPerMessage}
	memory    = Metric{"bytes per connection", "B", "smaller", "larger", (*result.Sample).BytesPerConnection}
	p99       = Metric{"p99", "ms", "lower", "higher", latency}
	handshake = Metric{"CPU per handshake", "us", "faster", "slower", func(s *result.Sample) float64 {
		if s.Handshakes == 0 {
			return 0
		}
		return 1e6 / s.HandshakesPerCPUSecond()
	}}
	growth = Metric{"memory growth", "MB", "smaller", "larger", func(s *result.Sample) float64 { return float64(s.Growth()) / 1e6 }}
)

func latency(s *result.Sample) float64 {
	if s.Latency == nil {
		return 0
	}
	return float64(s.Latency.P99) / 1e6
}

// Metrics is what there is to compare in a cell.
func Metrics(c cell.Cell) []Metric {
	switch c.Kind {
	case cell.Idle:
		return []Metric{memory}
	case cell.Storm:
		return []Metric{handshake}
	case cell.Slow:
		return []Metric{cpu, p99, growth}
	default:
		return []Metric{cpu, p99}
	}
}

// Comparison is what came of one metric in one cell.
type Comparison struct {
	Cell   string  `json:"cell"`
	Metric string  `json:"metric"`
	Unit   string  `json:"unit"`
	Base   float64 `json:"base"` // median
	Head   float64 `json:"head"` // median
	Interval
	Verdict string `json:"verdict"`
}

// Compare sets head's samples in a cell against base's, round by round. ok is false if no round has both.
func Compare(samples []result.Sample, c cell.Cell, m Metric, base, head string) (k Comparison, ok bool) {
	rounds := map[int]float64{}
	of := func(server string, use func(s *result.Sample, v float64)) {
		for i := range samples {
			s := &samples[i]
			if v := m.Of(s); s.Cell == c.Name && s.Server == server && !s.Noisy && v > 0 {
				use(s, v)
			}
		}
	}
	of(base, func(s *result.Sample, v float64) { rounds[s.Round] = v })
	var first, second []float64
	of(head, func(s *result.Sample, v float64) {
		if b, ok := rounds[s.Round]; ok {
			first, second = append(first, b), append(second, v)
		}
	})
	interval, err := Paired(first, second)
	if err != nil {
		return k, false
	}
	k = Comparison{Cell: c.Name, Metric: m.Name, Unit: m.Unit, Base: result.Median(first), Head: result.Median(second), Interval: interval}
	k.Verdict = verdict(interval, m)
	return k, true
}

// verdict says plainly what an interval means: a difference only where the interval leaves out that there is none.
func verdict(i Interval, m Metric) string {
	percent := func(ratio float64) float64 { return 100 * (ratio - 1) }
	span := fmt.Sprintf("(%+.1f .. %+.1f %%)", percent(i.Low), percent(i.High))
	switch {
	case i.Pairs < MinPairs:
		return fmt.Sprintf("too few pairs to tell: %d, wanted are %d %s", i.Pairs, MinPairs, span)
	case i.High < 1:
		return fmt.Sprintf("%s by %.1f %% %s", m.Less, math.Abs(percent(i.Ratio)), span)
	case i.Low > 1:
		return fmt.Sprintf("%s by %.1f %% %s", m.More, math.Abs(percent(i.Ratio)), span)
	}
	return "no difference seen " + span
}

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/weir-ws/weir/engine"
	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/binance"
	"github.com/weir-ws/weir/hub/feed"
)

// Sources is what the metrics are read from. Its funcs are called at every scrape, from any goroutine.
type Sources struct {
	Engine  *engine.Engine
	Hub     *hub.Hub
	Feed    *feed.Feed
	Binance *binance.Streams

	Published func() (messages, bytes uint64) // by the source of the data
	Ready     func() bool                     // what /readyz says
	Draining  func() bool
}

// Registry returns a registry with the metrics of s, of the Go runtime, of the process and of the build.
func Registry(s Sources) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(New(s), collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// New returns the collector of s alone.
func New(s Sources) prometheus.Collector {
	c := &collector{from: s}
	for i := range scalars {
		m := &scalars[i]
		var labels []string
		if m.label != "" {
			labels = []string{m.label}
		}
		c.scalars = append(c.scalars, prometheus.NewDesc(m.name, m.help, labels, nil))
	}
	for i := range histograms {
		c.histograms = append(c.histograms, prometheus.NewDesc(histograms[i].name, histograms[i].help, nil, nil))
	}
	return c
}

type collector struct {
	from                Sources
	scalars, histograms []*prometheus.Desc
}

// snapshot is all counters at about one moment.
type snapshot struct {
	from    *Sources
	engine  engine.Stats
	hub     hub.Stats
	feed    feed.Stats
	binance binance.Stats
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range c.scalars {
		to <- d
	}
	for _, d := range c.histograms {
		to <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(to chan<- prometheus.Metric) {
	s := snapshot{from: &c.from, engine: c.from.Engine.Stats(), hub: c.from.Hub.Stats(), feed: c.from.Feed.Stats(), binance: c.from.Binance.Stats()}
	for i := range scalars {
		m := &scalars[i]
		for _, v := range m.values(&s) {
			if m.label == "" {
				to <- prometheus.MustNewConstMetric(c.scalars[i], m.typ, v.value)
			} else {
				to <- prometheus.MustNewConstMetric(c.scalars[i], m.typ, v.value, v.label)
			}
		}
	}
	for i := range histograms {
		h := histograms[i].of(&s)
		upTo, below := make(map[float64]uint64, len(h.Bounds)), uint64(0)
		for j, b := range h.Bounds {
			below += h.Counts[j]
			upTo[b] = below
		}
		to <- prometheus.MustNewConstHistogram(c.histograms[i], h.Count(), h.Sum, upTo)
	}
}

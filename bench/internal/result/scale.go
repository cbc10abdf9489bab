package result

// Scale is what connections cost in one process with no kernel beneath them: engine and hub on the transport in
// memory, one loop. Times are of that loop's goroutine.
type Scale struct {
	Connections int       `json:"connections"`
	Heap        ScaleHeap `json:"heap"`
	Measures    []Measure `json:"measures"`
}

// ScaleHeap is live heap in bytes per connection, after a full collection.
type ScaleHeap struct {
	Transport float64 `json:"transport"` // the in-memory client: what a real socket costs in gnet and the kernel instead
	Engine    float64 `json:"engine"`    // Conn, its place in the loop's table, and what the loop keeps
	Hub       float64 `json:"hub"`       // a raw member, in one channel with all others
	Fan       float64 `json:"fan"`       // what engine and hub keep besides, once messages went to all
	Left      float64 `json:"left"`      // after all have gone
}

// Total is the heap per connection while all are open and quiet.
func (h ScaleHeap) Total() float64 { return h.Transport + h.Engine + h.Hub }

// Measure is one thing timed at scale. Seconds and Nanos are of the median round.
type Measure struct {
	Name    string  `json:"name"`             // "publish/1"
	Title   string  `json:"title"`            // for people
	Members int     `json:"members"`          // connections that took part
	Unit    string  `json:"unit"`             // what Count counts: "delivery", "ping", "tick"
	Count   int64   `json:"count"`            // of units in a round
	Rounds  int     `json:"rounds"`           // how many were timed
	Seconds float64 `json:"seconds"`          // of a round
	Nanos   float64 `json:"nanos"`            // per unit
	Worst   float64 `json:"worst,omitempty"`  // seconds: the longest single turn or tick, where one is worth knowing
	Target  float64 `json:"target,omitempty"` // the most that Nanos should be; 0: none set
	GC      GC      `json:"gc"`               // in all rounds together
}

// Met reports whether the measure is within its target; true where none is set.
func (m Measure) Met() bool { return m.Target == 0 || m.Nanos <= m.Target }

// GC is what Go's collector did during a measure, as runtime/metrics tells it.
type GC struct {
	Cycles   uint64  `json:"cycles"`
	Pauses   uint64  `json:"pauses"`    // stops of the world for the collector
	PauseMax float64 `json:"pause_max"` // seconds: upper edge of the histogram's highest bucket in use
	CPU      float64 `json:"cpu"`       // seconds of all cores, idle marking included
	Share    float64 `json:"share"`     // of the cores' time in the measure, 0 to 1
}

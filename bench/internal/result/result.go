// Package result is the file a run of the bench leaves behind: JSON lines, each one record, in the order
// in which things happened. A run that was broken off is a valid file without its last record.
package result

import "time"

// Record is one line; exactly one of its fields is set.
type Record struct {
	Run     *Run     `json:"run,omitempty"`     // the first line
	Missing *Missing `json:"missing,omitempty"` // a server that could not take part
	Sample  *Sample  `json:"sample,omitempty"`  // one server in one cell in one round
	Failure *Failure `json:"failure,omitempty"` // a server that failed in a cell: not a number
	Scale   *Scale   `json:"scale,omitempty"`   // a million connections in memory, in one process
	Million *Million `json:"million,omitempty"` // a million connections over sockets, in many processes
	End     *End     `json:"end,omitempty"`     // the last line of a run; without it the run was broken off
}

// Run says what was measured on what.
type Run struct {
	Time    time.Time         `json:"time"`
	Command []string          `json:"command"`
	Machine Machine           `json:"machine"`
	Weir    string            `json:"weir"` // git describe --always --dirty of the checkout
	Servers []Server          `json:"servers"`
	Cells   []string          `json:"cells"`
	Rounds  int               `json:"rounds"`
	Note    map[string]string `json:"note,omitempty"`
}

// Machine is what the figures depend on.
type Machine struct {
	CPU        string            `json:"cpu"`
	Cores      int               `json:"cores"`
	Memory     int64             `json:"memory"` // bytes
	Kernel     string            `json:"kernel"`
	GoVersion  string            `json:"go"`
	OpenFiles  uint64            `json:"open_files"`        // RLIMIT_NOFILE, hard
	Sysctl     map[string]string `json:"sysctl"`            // net.ipv4.tcp_congestion_control, tcp_rmem, tcp_wmem, ...
	LoadBefore [3]float64        `json:"load_before"`       // load averages when the run began
	Virtual    string            `json:"virtual,omitempty"` // what hypervisor, if the CPU flags tell
}

// Server is one that took part.
type Server struct {
	Name    string   `json:"name"`
	Version string   `json:"version"` // of the library that makes it
	Command []string `json:"command"`
	// Kind is what the server is made of: "event loop", "goroutine per connection", "node", "bare" (a reference, no server).
	Kind string `json:"kind"`
}

// Missing is a server that could not take part, and what would let it.
type Missing struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Failure is a server that broke the rules in a cell: a lost, altered, repeated or late message, a crash, a refused connection.
type Failure struct {
	Cell   string `json:"cell"`
	Server string `json:"server"`
	Round  int    `json:"round"`
	Error  string `json:"error"`
}

// End closes a complete run.
type End struct {
	Seconds float64 `json:"seconds"`
	Load    float64 `json:"load"` // mean cores that other processes used
}

// Sample is what one server did in one cell in one round. Zero fields were not measured in that cell.
type Sample struct {
	Cell    string  `json:"cell"`
	Server  string  `json:"server"`
	Round   int     `json:"round"`           // from 1
	Attempt int     `json:"attempt"`         // from 1; over 1 where the neighbours were busy and it was run again
	Noisy   bool    `json:"noisy,omitempty"` // neighbours used more than 0.2 core and this one was replaced
	Seconds float64 `json:"seconds"`         // of the measured window

	Messages   int64   `json:"messages,omitempty"` // echoes or deliveries in the window
	UserCPU    float64 `json:"user_cpu"`           // of the server, seconds in the window
	SystemCPU  float64 `json:"system_cpu"`         // likewise
	LoadCPU    float64 `json:"load_cpu"`           // of the load generator, seconds in the window
	Neighbours float64 `json:"neighbours"`         // cores used by everything else in the window

	Connections    int     `json:"connections,omitempty"`
	ConnectSeconds float64 `json:"connect_seconds,omitempty"`
	Handshakes     int64   `json:"handshakes,omitempty"` // in the window of a storm cell

	RSSEmpty int64 `json:"rss_empty,omitempty"` // bytes, of the server after its first few connections, before the load
	RSSHeld  int64 `json:"rss_held,omitempty"`  // bytes, with the connections open and quiet
	RSSPeak  int64 `json:"rss_peak,omitempty"`  // bytes, the most seen in the window

	Latency  *Latency `json:"latency,omitempty"`
	Timeline []Point  `json:"timeline,omitempty"`
	Stalled  *Stalled `json:"stalled,omitempty"`
}

// Latency is a distribution of nanoseconds from the time a message was due to its arrival.
type Latency struct {
	P50  int64 `json:"p50"`
	P90  int64 `json:"p90"`
	P99  int64 `json:"p99"`
	P999 int64 `json:"p999"`
	Max  int64 `json:"max"`
	// Curve is the distribution for a chart: pairs of quantile (0 to 1) and nanoseconds, ascending.
	Curve [][2]float64 `json:"curve,omitempty"`
}

// Point is one moment of a run over time.
type Point struct {
	Seconds   float64 `json:"s"`   // since the window began
	P99       int64   `json:"p99"` // ns, of healthy readers since the point before
	RSS       int64   `json:"rss"` // bytes, of the server
	Delivered int64   `json:"delivered"`
}

// Stalled is what became of the readers that stopped reading.
type Stalled struct {
	Readers int            `json:"readers"`
	Owed    int64          `json:"owed"`            // bytes published to them that they had not read
	Closed  int            `json:"closed"`          // how many the server had ended when they read on
	Codes   map[string]int `json:"codes,omitempty"` // close code or "reset" -> readers
	Whole   int            `json:"whole"`           // how many were given everything when they read on
}

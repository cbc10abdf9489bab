package result

// Million is connections over real sockets, spread over as many processes as the descriptor limit asks for: opened, held
// through a heartbeat round, given one broadcast, and ended all at once. Parts that a broken run did not come to are nil.
type Million struct {
	Connections int     `json:"connections"` // asked for
	Servers     int     `json:"servers"`     // processes that share the port
	Clients     int     `json:"clients"`     // processes
	Loops       int     `json:"loops"`       // event loops of each server
	PingAfter   float64 `json:"ping_after"`  // seconds of silence after which a server pings
	Broken      string  `json:"broken,omitempty"`

	Connect   *MillionConnect   `json:"connect,omitempty"`
	Idle      *MillionIdle      `json:"idle,omitempty"`
	Memory    *MillionMemory    `json:"memory,omitempty"`
	Broadcast *MillionBroadcast `json:"broadcast,omitempty"`
	Cleanup   *MillionCleanup   `json:"cleanup,omitempty"`
}

// MillionConnect is how all connections were opened. CPU is of all servers together, in seconds.
type MillionConnect struct {
	Seconds   float64 `json:"seconds"`
	UserCPU   float64 `json:"user_cpu"`
	SystemCPU float64 `json:"system_cpu"`
	Fewest    int     `json:"fewest"` // connections on the server that has the fewest
	Most      int     `json:"most"`
}

// MillionIdle is the time in which nothing but the heartbeat happened. CPU is of all servers together, in seconds.
type MillionIdle struct {
	Seconds    float64 `json:"seconds"`
	Pings      int64   `json:"pings"`  // answered in that time
	Pinged     int     `json:"pinged"` // connections that have answered one since they were opened
	UserCPU    float64 `json:"user_cpu"`
	SystemCPU  float64 `json:"system_cpu"`
	Neighbours float64 `json:"neighbours"` // cores used by everything that is neither server nor client
	Quiet      float64 `json:"quiet"`      // cores of all servers in the first seconds, without a ping; 0: there were pings
}

// MillionMemory is bytes. The servers' are sums of the proportional set size (PSS) over all of them; the kernel's are of the
// whole machine, both ends of each connection.
type MillionMemory struct {
	PSSEmpty   int64        `json:"pss_empty"` // warm, before the load
	PSSHeld    int64        `json:"pss_held"`  // when the heartbeat round was over
	Empty      KernelMemory `json:"empty"`
	Held       KernelMemory `json:"held"`
	ClientsPSS int64        `json:"clients_pss"`
}

// KernelMemory is what /proc/meminfo and /proc/net/sockstat tell, in bytes.
type KernelMemory struct {
	Available int64 `json:"available"`
	Slab      int64 `json:"slab"`
	Fixed     int64 `json:"fixed"` // SUnreclaim: the part of Slab that stays while it is in use
	Tables    int64 `json:"tables"`
	Buffers   int64 `json:"buffers"` // TCP's send and receive buffers
}

// MillionBroadcast is one message from a publisher on every server, at once, to everybody. CPU is of all servers, in seconds.
type MillionBroadcast struct {
	Deliveries  int64    `json:"deliveries"`
	Size        int      `json:"size"`
	Seconds     float64  `json:"seconds"` // from publishing to the last arrival's report
	UserCPU     float64  `json:"user_cpu"`
	SystemCPU   float64  `json:"system_cpu"`
	BuffersPeak int64    `json:"buffers_peak"`
	Latency     *Latency `json:"latency"`
}

// MillionCleanup is all clients gone at once. PSS is of all servers, in bytes.
type MillionCleanup struct {
	Seconds   float64      `json:"seconds"` // until no server held a connection
	UserCPU   float64      `json:"user_cpu"`
	SystemCPU float64      `json:"system_cpu"`
	PSSLeft   int64        `json:"pss_left"` // After later
	After     float64      `json:"after"`    // seconds
	Left      KernelMemory `json:"left"`
}

// HandshakeCPU is the servers' CPU for one connection's opening, in microseconds.
func (m *Million) HandshakeCPU() float64 {
	return (m.Connect.UserCPU + m.Connect.SystemCPU) * 1e6 / float64(m.Connections)
}

// IdleCores is the cores that all servers together used while idle.
func (m *Million) IdleCores() float64 { return (m.Idle.UserCPU + m.Idle.SystemCPU) / m.Idle.Seconds }

// PingCPU is the servers' CPU in idle time for each ping, answer included, in microseconds.
func (m *Million) PingCPU() float64 {
	return (m.Idle.UserCPU + m.Idle.SystemCPU) * 1e6 / float64(m.Idle.Pings)
}

// PSS is what a connection added to its server, in bytes.
func (m *Million) PSS() float64 {
	return float64(m.Memory.PSSHeld-m.Memory.PSSEmpty) / float64(m.Connections)
}

// Kernel is what one end of a connection added to the kernel's memory, in bytes: half of what all connections added, since
// both ends are on this machine.
func (m *Million) Kernel() float64 {
	return float64(m.Memory.Held.Slab-m.Memory.Empty.Slab) / 2 / float64(m.Connections)
}

// DeliveryCPU is the servers' CPU for one delivery of the broadcast, in microseconds.
func (m *Million) DeliveryCPU() float64 {
	return (m.Broadcast.UserCPU + m.Broadcast.SystemCPU) * 1e6 / float64(m.Broadcast.Deliveries)
}

package result

// CPUPerMessage is the server's CPU in microseconds per message of the window; 0 without messages.
func (s *Sample) CPUPerMessage() float64 {
	if s.Messages == 0 {
		return 0
	}
	return (s.UserCPU + s.SystemCPU) * 1e6 / float64(s.Messages)
}

// BytesPerConnection is the resident memory that a connection added; 0 where it was not measured.
func (s *Sample) BytesPerConnection() float64 {
	if s.Connections == 0 || s.RSSHeld == 0 {
		return 0
	}
	return float64(s.RSSHeld-s.RSSEmpty) / float64(s.Connections)
}

// Growth is how far the server's memory rose in the window over what it held before, in bytes.
func (s *Sample) Growth() int64 { return max(s.RSSPeak-s.RSSHeld, 0) }

// HandshakesPerCPUSecond is what a storm cell is judged by; 0 elsewhere.
func (s *Sample) HandshakesPerCPUSecond() float64 {
	if cpu := s.UserCPU + s.SystemCPU; cpu > 0 {
		return float64(s.Handshakes) / cpu
	}
	return 0
}

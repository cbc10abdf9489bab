package engine

import "time"

// userTimeout is how long the kernel may keep trying to get our bytes to a peer that acknowledges none: TCP_USER_TIMEOUT, 0
// for the system's own time of some fifteen minutes. It is never shorter than what the engine itself would wait, and so only
// ends what the engine does not see, above all our last bytes behind a close. The kernel counts a full window on
// the other side as well, so there is none where WriteTimeout allows that for ever.
func (c *Config) userTimeout() time.Duration {
	if c.WriteTimeout < 0 {
		return 0
	}
	return max(c.WriteTimeout, c.DeadAfter)
}

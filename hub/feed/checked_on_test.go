//go:build race || invariants

package feed_test

// checked: the engine checks on which goroutine each of a connection's methods is called.
const checked = true

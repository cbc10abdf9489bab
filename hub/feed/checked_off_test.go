//go:build !race && !invariants

package feed_test

const checked = false

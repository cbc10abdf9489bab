//go:build !race

package frame_test

// underRace: the race detector makes everything some ten times as slow, so long tables are cut.
const underRace = false

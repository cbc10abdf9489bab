//go:build !race

package exam_test

// raceDetector is whether the race detector watches.
const raceDetector = false

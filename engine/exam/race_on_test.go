//go:build race

package exam_test

const raceDetector = true

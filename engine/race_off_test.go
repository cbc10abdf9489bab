//go:build !race

package engine

const RaceBuild = false

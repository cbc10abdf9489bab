//go:build race

package engine

// RaceBuild tells tests to thin out what repeats, where every step is checked and costs ten times as much, and not to
// count allocations.
const RaceBuild = true

//go:build race

package engine_test

// underRace thins out what repeats, where every step is checked and costs ten times as much.
const underRace = true

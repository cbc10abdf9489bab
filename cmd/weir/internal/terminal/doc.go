// Package terminal has what a person sees while a program runs: one line at the bottom that changes in place, above
// which everything else scrolls. Where there is no terminal there is no such line.
package terminal

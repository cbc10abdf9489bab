// Package hubtest helps to test what stands on package hub: a loop that is turned by hand
// ([Loop]), one that is a goroutine ([Runner]), a member that remembers what it got
// ([Recorder]), and the test that every hub.Loop must pass ([TestLoop]).
package hubtest

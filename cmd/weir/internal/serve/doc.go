// Package serve is `weir serve`: it puts an engine, a hub, the feed protocol and a source of data together, runs them
// until it is told to stop, and tells the person who started it what is going on.
//
//	source -> hub -> feed -> engine -> subscribers
//	   ^-------- pace --------'           (a replay at max speed goes as fast as the subscribers read, and no faster)
package serve

// Package replayed is what the tools that follow a `weir serve --replay FILE --min-subscribers N` have in common: their flags, and what
// the recording says. It shares no code with the server, so that a mistake there is not repeated here.
package replayed

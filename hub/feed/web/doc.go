// Package web holds what a browser needs of a feed: weir.js, the client library, and a live board that is built on it. Both are files
// without a build step; [Handler] serves them from memory.
//
// The board finds the feed at "feed" beside its own address, and subscribes to *@trade and *@bookTicker: the channels of the synthetic market and of
// recordings from Binance. For other data, take weir.js and make a page of your own.
//
// static/vendor is uPlot, as npm has it; a test of cmd/weir/clients compares the two.
package web

// Package redial is what every client of ours does to get a WebSocket connection again: how long it waits, what it obeys, and when it
// gives up.
package redial

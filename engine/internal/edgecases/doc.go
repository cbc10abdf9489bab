// Package edgecases is the table of what arrives and what it gets: for every row of the
// project's edge-case document that bytes alone decide, the bytes of a client and the answer they
// must have. It depends on no transport and not on package testing, so the same
// cases run over memory, cut at every byte, and over real sockets.
//
// A case is one client: it connects, sends [Case].Input and reads until the server has said
// what it had to say. Rows that time decides ([Timed]) have no case here: tests with a fake
// clock have them.
package edgecases

package load

// BroadcastFrame is message seq of those that Expect announces, as a publisher sends it: for who has publishers of his
// own, on several servers at once for instance. due is CLOCK_MONOTONIC in ns, from which latencies count.
func BroadcastFrame(seq uint64, size int, due int64) []byte {
	return newCoder(size).appendClient(nil, seq, due, 0)
}

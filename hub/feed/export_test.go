package feed

// MaxLater lets a test fill the list of requests that wait for a join.
const MaxLater = maxLater

// Parse lets a benchmark parse without a connection.
func Parse(p []byte) bool {
	_, flt := parse(p, DefaultMaxRequest)
	return flt == nil
}

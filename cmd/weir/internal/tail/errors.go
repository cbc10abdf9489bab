package tail

import "fmt"

// ChannelsError: the server knows none of the channels, or does not give them to us.
type ChannelsError struct{ Last string }

func (e *ChannelsError) Error() string {
	return "the server gave no channel: " + e.Last
}

// NeverConnectedError: the time was up before there was a connection.
type NeverConnectedError struct {
	URL string
	Err error // of the last try
}

func (e *NeverConnectedError) Error() string {
	return fmt.Sprintf("no connection to %s: %v", e.URL, e.Err)
}

// Unwrap returns Err.
func (e *NeverConnectedError) Unwrap() error { return e.Err }

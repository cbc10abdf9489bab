package hub

import (
	"errors"
	"fmt"
)

// What can be wrong with a call; compare with errors.Is. Those that concern a channel come
// wrapped in a [*ChannelError].
var (
	// ErrChannelName: the name is empty, too long or has a byte outside the alphabet.
	ErrChannelName = errors.New("not a legal channel name")
	// ErrTooManyChannels: the member is in Config.MaxChannelsPerMember channels; leave one first.
	ErrTooManyChannels = errors.New("the member is in as many channels as it may be; leave one first")
	// ErrAlreadyJoined: the member is in the channel, or its join is under way.
	ErrAlreadyJoined = errors.New("the member is in the channel already")
	// ErrNotJoined: the member is not in the channel, or only because of a pattern; or it does not have the pattern.
	ErrNotJoined = errors.New("the member is not in the channel")
	// ErrPattern: the pattern is empty, too long, has too many stars or none, or a byte that channel names have not.
	ErrPattern = errors.New("not a legal pattern")
	// ErrTooManyPatterns: the member has MaxPatternsPerMember patterns; leave one first.
	ErrTooManyPatterns = errors.New("the member has as many patterns as it may; leave one first")
	// ErrBacklog: a loop with members of the channel is so far behind that nothing was
	// published to anybody. Slow down (Sync does) and publish again.
	ErrBacklog = errors.New("a loop is too far behind; wait and publish again")
	// ErrOp: a payload is neither text nor binary.
	ErrOp = errors.New("a payload is frame.OpText or frame.OpBinary")
	// ErrLoopEnded: the loop takes no more work; its members are gone.
	ErrLoopEnded = errors.New("the loop has ended")
	// ErrLoopIndex: the loop's index is out of range or that of another loop.
	ErrLoopIndex = errors.New("the loop's index is out of range or taken by another loop")
	// ErrClosed: the hub or the broker is closed.
	ErrClosed = errors.New("hub: closed")
	// ErrAttached: the broker serves a hub already; give each its own.
	ErrAttached = errors.New("hub: the broker is attached to a hub already; make one for each")
)

// ChannelError says which channel a call failed for, and why.
type ChannelError struct {
	Channel string // as the caller gave it, so perhaps long and not printable
	Err     error  // wraps one of the Err variables of this package, or what the broker said
}

// Error names the channel (at most 64 bytes of it, quoted) and the fault.
func (e *ChannelError) Error() string {
	return fmt.Sprintf("hub: channel %.64q: %v", e.Channel, e.Err)
}

// Unwrap returns Err.
func (e *ChannelError) Unwrap() error { return e.Err }

func channelError(channel string, err error) error {
	return &ChannelError{Channel: channel, Err: err}
}

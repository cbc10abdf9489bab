package feed

import (
	"errors"

	"github.com/weir-ws/weir/hub"
)

// allow says why user may not have channel; nil: it may, or the name is one the hub will refuse.
func (f *Feed) allow(user any, channel string) *fault {
	if err := hub.ValidateChannel(channel); err != nil {
		return badChannel(err)
	}
	if f.cfg.Permit != nil && !f.cfg.Permit(user, channel) {
		return &fault{CodeForbidden, "you may not subscribe to this channel"}
	}
	return f.unknown(channel)
}

func (f *Feed) unknown(channel string) *fault {
	if f.cfg.Known != nil && !f.cfg.Known(channel) {
		return &fault{CodeUnknownChannel, "there is no such channel"}
	}
	return nil
}

func badChannel(err error) *fault {
	if ce := (*hub.ChannelError)(nil); errors.As(err, &ce) {
		err = ce.Err
	}
	return &fault{CodeBadChannel, err.Error()}
}

func notLeft(channel string) *fault {
	if err := hub.ValidateChannel(channel); err != nil {
		return badChannel(err)
	}
	return &fault{CodeNotSubscribed, "this connection is not subscribed to the channel"}
}

func notJoined(err error) *fault {
	switch {
	case errors.Is(err, hub.ErrAlreadyJoined):
		return &fault{CodeAlreadySubscribed, "this connection is subscribed to the channel already"}
	case errors.Is(err, hub.ErrTooManyChannels):
		return &fault{CodeTooManyChannels, "this connection has as many channels as it may have; unsubscribe from one first"}
	case errors.Is(err, hub.ErrChannelName):
		return badChannel(err)
	}
	return &fault{CodeUnavailable, "the server takes no subscriptions now; try again later"}
}

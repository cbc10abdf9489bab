package feed

// Code is the value of "code" in an error answer: stable, for programs. The message beside
// it is for people and may change.
type Code string

// The codes. Those from CodeBadChannel on concern one channel: the answer names it, unless its
// name has more than MaxChannelEcho bytes.
const (
	// CodeBadJSON: the message is not one JSON object (RFC 8259), with nothing but white space
	// around it. The answer has no id.
	CodeBadJSON Code = "bad_json"
	// CodeTooBig: the message has more bytes than Config.MaxRequest. It was not looked at, so the
	// answer has no id. Also, with an id and the channel: data to publish has more than
	// Config.MaxData.
	CodeTooBig Code = "too_big"
	// CodeBadRequest: a JSON object that is no request: nested deeper than MaxDepth, a field
	// that is missing, repeated, of the wrong type or too long, or more than MaxBatch channels.
	CodeBadRequest Code = "bad_request"
	// CodeBadID: the id is neither a string of at most MaxIDBytes bytes nor an integer of at most
	// MaxIDDigits digits. The answer has no id, and nothing was done.
	CodeBadID Code = "bad_id"
	// CodeUnknownType: the type is a string that this protocol does not have.
	CodeUnknownType Code = "unknown_type"
	// CodeNotPermitted: the type is one that this connection may not use: "publish" where
	// Config.PermitPublish is nil, "refresh" where Config.Refresh is.
	CodeNotPermitted Code = "not_permitted"
	// CodeUnauthorized: the token is missing or no good. On a WebSocket connection it is the answer to
	// "refresh" only.
	CodeUnauthorized Code = "unauthorized"

	// CodeBadChannel: the name is empty, too long or has a byte outside the alphabet
	// (hub.ValidateChannel), or it is a pattern with too many stars (hub.ValidatePattern).
	CodeBadChannel Code = "bad_channel"
	// CodeForbidden: Config.Permit does not let this client have the channel, or PermitPublish
	// publish to it. Whether it exists is not told.
	CodeForbidden Code = "forbidden"
	// CodeUnknownChannel: Config.Known does not know the channel.
	CodeUnknownChannel Code = "unknown_channel"
	// CodeTooManyChannels: the connection is in as many channels as hub.Config.MaxChannelsPerMember
	// allows, or has hub.MaxPatternsPerMember patterns. For a channel that a pattern stands for it comes without an id, and by itself.
	CodeTooManyChannels Code = "too_many_channels"
	// CodeAlreadySubscribed: the connection has the channel. Its subscription goes on undisturbed.
	CodeAlreadySubscribed Code = "already_subscribed"
	// CodeNotSubscribed: the connection does not have the channel or the pattern it wants to give up, or has the channel
	// only by a pattern.
	CodeNotSubscribed Code = "not_subscribed"
	// CodeNotConflated: maxHz is asked of a channel whose messages must not be left out.
	CodeNotConflated Code = "not_conflated"
	// CodeUnavailable: the server cannot do it now: it is going down, too far behind to take
	// messages in, or too many requests of this connection wait for the same subscriptions to take effect. Try
	// again later.
	CodeUnavailable Code = "unavailable"
)

// The limits that do not depend on the configuration.
const (
	// MaxDepth is how deep the JSON of a request may be nested; the request itself is depth 1.
	MaxDepth = 64
	// MaxBatch is the number of channels that one request may name.
	MaxBatch = 1024
	// MaxIDBytes is the length of an id that is a string, as it is written between its quotes.
	MaxIDBytes = 64
	// MaxIDDigits is the length of an id that is a number; enough for 64 bits.
	MaxIDDigits = 20
	// MaxKeyBytes is the length of the key of a message that is published from outside.
	MaxKeyBytes = 255
	// MaxChannelEcho is the longest name, as it is written between its quotes, that an error
	// answer repeats. A legal one is never longer.
	MaxChannelEcho = 255
)

// fault is what an error answer says. The message is bounded whatever the input was.
type fault struct {
	code    Code
	message string
}

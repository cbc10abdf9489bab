package hub

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// DefaultMaxChannelLen is the longest channel name in bytes unless Config says otherwise.
const DefaultMaxChannelLen = 255

// ValidateChannel says whether name is a legal channel name: 1 to 255 bytes out of A-Z, a-z,
// 0-9 and _ . : @ / ! $ + -. Names are compared byte by byte; no byte has a meaning to the hub.
// The error is a [*ChannelError] that wraps [ErrChannelName] and names the first fault.
func ValidateChannel(name string) error { return validateChannel(name, DefaultMaxChannelLen) }

func validateChannel(name string, longest int) error {
	if name == "" {
		return channelError(name, fmt.Errorf("%w: it is empty", ErrChannelName))
	}
	if len(name) > longest {
		return channelError(name, fmt.Errorf("%w: it has %d bytes, at most %d are allowed", ErrChannelName, len(name), longest))
	}
	for i := range len(name) {
		if c := name[i]; !channelByte[c] {
			return channelError(name, fmt.Errorf("%w: byte %s at offset %d; legal are A-Z a-z 0-9 _ . : @ / ! $ + -", ErrChannelName, quoteByte(c), i))
		}
	}
	return nil
}

// quoteByte writes a byte for people. One of a longer character is not the Latin letter that has its number.
func quoteByte(c byte) string {
	if c < utf8.RuneSelf {
		return strconv.QuoteRune(rune(c))
	}
	return fmt.Sprintf(`'\x%02x'`, c)
}

// channelByte is the alphabet. It leaves out white space, quotes, the wild cards of brokers
// (* > # ?) and everything that needs escaping in JSON or a URL path.
var channelByte = func() (legal [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:@/!$+-") {
		legal[c] = true
	}
	return legal
}()

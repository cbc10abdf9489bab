package auth

import "time"

// User is who a client is, by its token. It does not change.
type User struct {
	subject string // of whom: a line's name, or the token's iss and sub
	end     int64  // seconds since 1970; 0: no end
	sub     Patterns
	pub     Patterns
}

// MaySubscribe reports whether the user may subscribe to channel.
func (u *User) MaySubscribe(channel string) bool { return u.sub.Match(channel) }

// MayPublish reports whether the user may publish to channel.
func (u *User) MayPublish(channel string) bool { return u.pub.Match(channel) }

// Expires returns the time from which the token is not good any more; the zero time if there is none.
func (u *User) Expires() time.Time {
	if u.end == 0 {
		return time.Time{}
	}
	return time.Unix(u.end, 0)
}

// Package client is a client of the feed protocol (docs/protocol.md) that stays connected and accounts for every message.
//
//	Dial -> connect -> subscribe -> account -> handlers
//	           ^                        |
//	           +-- full jitter, hint <--+ lost
//
// A [Client] holds one connection. When that is lost it connects again, after the time that the server has asked for or a random one that
// doubles, and subscribes again to everything from where it was. A [Subscription] has a handler that gets [Event] values in order:
//
//	*Subscribed   the channel is subscribed to, anew or again; Recovered says that what passed meanwhile follows
//	*Snapshot     a part of the state that the channel had then
//	*Message      one message, which may stand for a range of them
//	*Dropped      messages that the server left out because this client reads too slowly
//	*Gap          messages that are missing otherwise, and why
//	*Heartbeat    nothing has happened, and nothing is missing
//	*Configured   the rate has changed
//	*Ended        the subscription is over, and why
//
// # Accounting
//
// Every number of a channel from the first *Subscribed on is delivered, covered by the range of a message, or named by a *Dropped or a
// *Gap. Who builds a state from differences begins anew after a *Dropped or a *Gap, and after a *Subscribed that is not Recovered;
// who looks at the latest value need not. [Subscription.Account] adds up.
//
// # Goroutines
//
// All handlers run in the one goroutine that reads the connection, never two at a time. One that blocks holds back the connection, and with
// it the server, which then does what the channel's policy says; that is how it should be. Handlers must not call [Client.Close],
// [Client.Publish] or [Client.Refresh], which wait for that goroutine; they may subscribe, unsubscribe and configure. Every other
// method may be called from any goroutine. After Close no goroutine of the client is left.
package client

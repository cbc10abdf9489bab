// Package binance lets clients of Binance's market streams connect to a hub, with only their URL changed: trading bots, recorders and
// charts that were written for the exchange then read from a relay or a replay.
//
//	/ws/btcusdt@trade                               one stream, its payloads as they are
//	/ws/btcusdt@trade/ethusdt@trade                 several
//	/stream?streams=btcusdt@trade/ethusdt@trade     {"stream":"btcusdt@trade","data":PAYLOAD}
//	/ws, /stream                                    none yet
//
// A stream is the hub's channel of the same name, so what is published there should be what the exchange sends. Clients change their
// streams with SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS, SET_PROPERTY and GET_PROPERTY, and are answered as the exchange
// does, by its document "WebSocket Streams for Binance" of 2024 and later; docs/binance.md says where the two differ.
//
// The dialect has no sequence numbers of the hub's. Slow clients are dealt with by the options of the channel: what is conflated is
// simply the latest value, what is lossless is sent or the connection is closed with 1013, and what is dropped shows
// in the payloads' own numbers, as it would at the exchange.
//
// A [Streams] has the methods of an engine.Handler, for the connections whose User is a [*Session].
package binance

package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/weir-ws/weir/hub"
)

const (
	counter = prometheus.CounterValue
	gauge   = prometheus.GaugeValue
)

// scalar is a metric of one value, or of one for each of a few values of a label.
type scalar struct {
	name, help string
	typ        prometheus.ValueType
	label      string // "": none
	values     func(*snapshot) []value
}

type value struct {
	label string
	value float64
}

type number interface {
	~int | ~int32 | ~int64 | ~uint64 | ~float64
}

// one is a metric without labels.
func one[N number](of func(*snapshot) N) func(*snapshot) []value {
	return func(s *snapshot) []value { return []value{{value: float64(of(s))}} }
}

func yesNo(of func(*snapshot) bool) func(*snapshot) []value {
	return one(func(s *snapshot) int {
		if of(s) {
			return 1
		}
		return 0
	})
}

// scalars are all of them, in the order of the documentation.
var scalars = []scalar{
	{"weir_connections", "Sockets held: open connections, handshakes under way, and those that are being closed.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.Conns })},
	{"weir_connections_open", "WebSocket connections that are open or being closed.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.Open })},
	{"weir_sessions", "WebSocket connections by the protocol that they speak.", gauge, "dialect",
		func(s *snapshot) []value {
			return []value{{"weir", float64(s.feed.Sessions)}, {"binance", float64(s.binance.Sessions)}}
		}},
	{"weir_connections_slow", "Connections whose socket is full.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.Slow })},
	{"weir_connections_max", "The cap on connections that is in force.", gauge, "",
		one(func(s *snapshot) int { return s.from.Engine.MaxConns() })},
	{"weir_http_connections", "Connections that net/http serves, on the same port; each costs a goroutine.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.HTTPConns })},
	{"weir_queue_bytes", "Bytes that wait because a connection's socket is full, as of the loops' last ticks.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.Queued })},

	{"weir_handshakes_total", "Connections by what became of their handshake: accepted, rejected with an HTTP error, timed_out, or refused at once by a cap or rate.", counter, "result",
		func(s *snapshot) []value {
			e := &s.engine
			return []value{{"accepted", float64(e.Handshakes)}, {"rejected", float64(e.Rejected)},
				{"timed_out", float64(e.HandshakeTimeouts)}, {"refused", float64(e.Refused)}}
		}},
	{"weir_http_connections_total", "Connections that were handed to net/http, because they did not begin with a handshake.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.HandedOver })},
	{"weir_tls_errors_total", "TLS handshakes that failed, and connections that ended by an error of TLS.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.TLSErrors })},
	{"weir_accept_errors_total", "Failures of accept(2) or of taking a socket in, for want of descriptors or memory as a rule.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.AcceptErrors })},
	{"weir_disconnects_total", "Connections that have ended, by close code; 1006 ended without a close frame, in the handshake too; 3000 stands for 3000 to 4999.", counter, "code",
		disconnects},
	{"weir_interventions_total", "What was decided against a connection: that it was refused, or ended by the server, by why.", counter, "reason",
		interventions},
	{"weir_ping_timeouts_total", "Connections that were reset because nothing came from them for --dead-after.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.PingTimeouts })},
	{"weir_pings_total", "Pings sent to connections from which nothing came for --ping-after.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.Pings })},

	{"weir_messages_received_total", "Data messages from clients.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.MessagesIn })},
	{"weir_messages_sent_total", "Frames accepted for clients: messages, answers, pings, pongs and close frames.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.MessagesOut })},
	{"weir_received_bytes_total", "Bytes read from sockets, handshakes included.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.BytesIn })},
	{"weir_sent_bytes_total", "Bytes written to sockets, handshakes included.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.BytesOut })},
	{"weir_writes_total", "Calls of write(2) and writev(2) for connections.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.Writes })},

	{"weir_messages_dropped_total", "Messages that a connection did not get: slow_consumer above the high watermark, too_many_keys because it held more of a conflated channel than the channel allows, closing because it was on its way out.", counter, "reason",
		func(s *snapshot) []value {
			return []value{{"slow_consumer", float64(s.engine.Dropped)}, {"too_many_keys", float64(s.feed.Overflown)}, {"closing", float64(s.hub.Closed)}}
		}},
	{"weir_messages_conflated_total", "Messages that a connection did not get because a later one of their key stood for them: it was slow, or asked for a rate.", counter, "",
		one(func(s *snapshot) uint64 { return s.feed.Conflated })},
	{"weir_slow_subscriptions", "Subscriptions that hold something, as of the loops' last ticks: drop has numbers to declare, conflate waits for a socket, paced for its rate.", gauge, "policy",
		func(s *snapshot) []value {
			h := &s.feed.Holding
			return []value{{"drop", float64(h.Dropping)}, {"conflate", float64(h.Slow)}, {"paced", float64(h.Paced)}}
		}},
	{"weir_held_messages", "Messages held for them: in the logs that subscriptions of a channel share on a loop, and places of subscriptions in rounds under way.", gauge, "in",
		func(s *snapshot) []value {
			h := &s.feed.Holding
			return []value{{"logs", float64(h.Messages)}, {"rounds", float64(h.Rounds)}}
		}},
	{"weir_slow_consumers_total", "What was done about connections that read too slowly: drop counts each time one began to lose messages, disconnect each that was closed with 1013 for it.", counter, "action",
		func(s *snapshot) []value {
			return []value{{"drop", float64(s.engine.SlowDropped)}, {"disconnect", float64(s.engine.SlowClosed + s.feed.Evictions + s.binance.Evictions)}}
		}},

	{"weir_channels", "Channels that have members.", gauge, "", one(func(s *snapshot) int { return s.hub.Channels })},
	{"weir_channels_retained", "Channels without members whose position is kept.", gauge, "", one(func(s *snapshot) int { return s.hub.Retained })},
	{"weir_subscriptions", "Memberships of connections in channels.", gauge, "", one(func(s *snapshot) int { return s.hub.Subscriptions })},
	{"weir_pattern_subscriptions", "Patterns that connections have subscribed to, each connection's counted.", gauge, "", one(func(s *snapshot) int { return s.hub.Patterns })},
	{"weir_publishes_total", "Messages published to channels.", counter, "", one(func(s *snapshot) uint64 { return s.hub.Published })},
	{"weir_publish_backlog", "Published messages and joins that wait for a loop, summed over the loops.", gauge, "",
		one(func(s *snapshot) int { return s.hub.Backlog })},
	{"weir_deliveries_total", "Published messages handed to connections: sent at once, or queued because the socket is full.", counter, "outcome",
		func(s *snapshot) []value {
			return []value{{"sent", float64(s.hub.Sent)}, {"queued", float64(s.hub.Queued)}}
		}},
	{"weir_fanout_yields_total", "Turns of a loop that ended before their fan-out did, so that others get theirs.", counter, "",
		one(func(s *snapshot) uint64 { return s.hub.Yields })},
	{"weir_requests_total", "Requests of the feed protocol.", counter, "", one(func(s *snapshot) uint64 { return s.feed.Requests })},
	{"weir_request_errors_total", "Error answers of the feed protocol.", counter, "", one(func(s *snapshot) uint64 { return s.feed.Errors })},
	{"weir_subscriptions_refused_total", "Subscriptions refused because the connection has --max-channels already.", counter, "",
		one(func(s *snapshot) uint64 { return s.feed.OverLimit })},
	{"weir_sessions_expired_total", "Connections whose time, by their token, was over (3000).", counter, "",
		one(func(s *snapshot) uint64 { return s.feed.Expired })},
	{"weir_publishes_received_total", "Messages that clients and POST /publish have published.", counter, "",
		one(func(s *snapshot) uint64 { return s.feed.Published })},
	{"weir_source_messages_total", "Messages that the source of the data has published.", counter, "",
		one(func(s *snapshot) uint64 { n, _ := s.from.Published(); return n })},
	{"weir_source_bytes_total", "Bytes of data in those messages.", counter, "",
		one(func(s *snapshot) uint64 { _, n := s.from.Published(); return n })},

	{"weir_compressions_total", "Messages that were compressed; a broadcast counts once.", counter, "",
		one(func(s *snapshot) uint64 { return s.engine.Deflations })},
	{"weir_inflations_total", "Compressed messages that were inflated: on the loop, or apart from it because of their size.", counter, "place",
		func(s *snapshot) []value {
			e := &s.engine
			return []value{{"loop", float64(e.Inflations - e.InflatedApart)}, {"apart", float64(e.InflatedApart)}}
		}},
	{"weir_loop_lag_seconds", "How late a loop was at worst in the last 10 to 20 seconds: the time from when a tick was due to when it ran.", gauge, "loop",
		lags},
	{"weir_memory_used_bytes", "What the garbage collector could not give back, as the memory budget counts it; 0 without a budget.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.MemoryUsed })},
	{"weir_memory_budget_bytes", "The memory budget (--memory-budget, or nine tenths of GOMEMLIMIT); 0: none.", gauge, "",
		one(func(s *snapshot) int64 { return s.engine.MemoryBudget })},
	{"weir_memory_short", "1 while new connections are refused because the budget was exceeded, 0 else.", gauge, "",
		yesNo(func(s *snapshot) bool { return s.engine.MemoryShort })},
	{"weir_panics_total", "Panics of handlers and posted funcs (engine) and of members (hub), each contained.", counter, "part",
		func(s *snapshot) []value {
			return []value{{"engine", float64(s.engine.Panics)}, {"hub", float64(s.hub.Panics)}}
		}},
	{"weir_ready", "1 if /readyz says so, 0 if not.", gauge, "", yesNo(func(s *snapshot) bool { return s.from.Ready() })},
	{"weir_draining", "1 from the signal to stop on, 0 before.", gauge, "", yesNo(func(s *snapshot) bool { return s.from.Draining() })},
}

var histograms = []struct {
	name, help string
	of         func(*snapshot) hub.Histogram
}{
	{"weir_publish_receivers", "Members that each published message was for, on all loops.", func(s *snapshot) hub.Histogram { return s.hub.Receivers }},
	{"weir_fanout_turn_seconds", "Time that a turn of a loop spent with handing out messages; turns of fewer than some 64 deliveries are not in it.",
		func(s *snapshot) hub.Histogram { return s.hub.Turns }},
}

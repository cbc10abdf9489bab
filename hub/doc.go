// Package hub is the rooms of a server: who is a member of which channel, and how one
// published message reaches all of them.
//
// It knows no sockets. A connection, a polling session or a test is a [Member]; the
// goroutine that owns it is a [Loop]. Everything that touches a member happens on its
// loop, so the fan-out needs no lock and no goroutine per member.
//
// # The way of a message
//
//	Publish (any goroutine)
//	   room lock: sequence number, one *Message, one entry in the queue of each loop with members
//	   first entry of an empty queue: one Loop.Post
//	drain (each loop)
//	   the queue in order, each message to the room's members on this loop, no lock
//	   after Config.TurnBudget deliveries: keep the place, Post again, let the loop do I/O
//
// The queue of a loop is the only way to its members, for joins too: a join is a marker in
// the same queue, put there under the room lock. That is the whole proof of order. A member
// is in from its marker on, so it gets every message published after its join and none
// before, each once, in the order of the sequence numbers.
//
// # Patterns
//
// A member may ask for all channels that a pattern stands for ([Hub.JoinPattern]), and is then an ordinary member of each. Publishing
// looks at no pattern; only a channel's first message does, under the room lock. Each loop with a member that waits for such a channel gets
// a marker ahead of that message, and takes its members in when it comes to the marker. Who they are is the loop's own
// knowledge: until then the channel's list on that loop is pinned, although nobody is counted in it.
//
// # Positions
//
// A message's [Position] is the channel's epoch and a sequence number that begins with 1 and
// has no gaps. A channel that nobody is a member of keeps its position for Config.Retain
// after its last message or member; when it is made again after that, its epoch is another
// one, so that a client can tell a new count from a gap.
//
// # What a channel keeps
//
// Config.Options says what a channel keeps of its messages: a [History] for members that come back, and a state for
// newcomers ([SnapshotMode]). [Joined] has both as they are at the member's place in the channel's order, so that state, replay and what is delivered then
// neither leave a gap nor overlap. Replay is the member's own to deliver. What a [Fold] makes is made by publishers, on no member's time.
//
// A broker that is a network may lose messages ([Message].Lost) or count anew ([Message].Renewed). Either ends the history, since what came before does
// not lead up to what comes, and the state of a fold until a publisher sends the next one. The last values, also by key, outlive lost
// numbers, as the newest that are known, and not a new count.
//
// # What it costs
//
// A member in one channel costs a [Memberships] (24 bytes, in the member's own struct) and
// one list entry (24 bytes). A channel costs a few hundred bytes while it has members or a
// position to keep, and nothing otherwise. Publishing allocates a constant amount a message,
// nothing a member.
//
// # Who may call what
//
// Publish, Sync, Sweep, Heartbeat and the counts: any goroutine. Joining and leaving: the goroutine
// of the loop that is named in the call, also from inside Deliver and Joined. No member,
// encoding or loop is ever called with a lock held.
package hub

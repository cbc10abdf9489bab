package raw

import (
	"github.com/weir-ws/weir/frame"
	"github.com/weir-ws/weir/hub"
)

// Encoding writes a message as its payload alone. All raw members of a hub share it, so that a
// message is framed once for all of them. A session of another kind may use it too.
var Encoding hub.Encoding = &encoding{}

// encoding is not of size zero, because pointers to distinct variables of size zero may be
// equal, and hub.Message tells encodings apart by their pointers.
type encoding struct{ _ byte }

func (*encoding) Op(m *hub.Message) frame.Op { return m.Op }

func (*encoding) Append(dst []byte, m *hub.Message) []byte { return append(dst, m.Data...) }

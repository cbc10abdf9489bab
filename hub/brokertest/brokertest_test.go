package brokertest_test

import (
	"testing"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/brokertest"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLocalBroker(t *testing.T) {
	brokertest.Test(t, brokertest.Subject{
		New: func(*testing.T) hub.Broker { return hub.NewLocalBroker() },
	})
}

// A broker that numbers and delivers later passes the same test, so the interface is not
// only what the in-process broker happens to do.
func TestBus(t *testing.T) {
	var bus *brokertest.Bus
	var user *testing.T
	brokertest.Test(t, brokertest.Subject{
		Nodes: 3,
		New: func(t *testing.T) hub.Broker {
			if t != user {
				user, bus = t, brokertest.NewBus("bus")
			}
			return bus.Node()
		},
	})
}

package feed_test

import (
	"testing"
	"time"

	"github.com/weir-ws/weir/hub"
	"github.com/weir-ws/weir/hub/feed"
)

// A channel that is silent tells its position, behind what was published before.
func TestHeartbeatMessage(t *testing.T) {
	options := func(string) *hub.ChannelOptions { return &hub.ChannelOptions{Heartbeat: time.Second} }
	m := inMemory(t, hub.Config{Options: options}, feed.Config{})
	c := m.dial()
	together(c, `{"type":"subscribe","channel":"a"}`)
	m.publishTo("a", `1`)
	m.hub.Heartbeat(time.Unix(1, 0))
	m.hub.Heartbeat(time.Unix(2, 5))
	m.expect(c,
		`{"type":"subscribed","channel":"a","epoch":"E","seq":0}`,
		`{"type":"message","channel":"a","seq":1,"ts":7,"data":1}`,
		`{"type":"heartbeat","channel":"a","seq":1,"ts":2000000005}`)
	together(c, `{"type":"unsubscribe","channel":"a"}`)
	m.hub.Heartbeat(time.Unix(3, 5))
	m.expect(c, `{"type":"unsubscribed","channel":"a"}`)
}

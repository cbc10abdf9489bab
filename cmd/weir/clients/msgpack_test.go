package clients

import "testing"

func TestNodeMsgpack(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package @msgpack/msgpack", exists("node_modules/@msgpack/msgpack"))
	feed := start(t, build(t), "serve", "--listen", "127.0.0.1:0")
	runScript(t, []string{"msgpack ok"}, "node_msgpack.mjs", feed, "btcusdt@trade")
}

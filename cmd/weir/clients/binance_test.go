package clients

import (
	"strings"
	"testing"
)

// recording is a day of the exchange's, 346 s of it.
const recording = "../../../../shared/data/binance_spot_btcusdt_20240808.gz"

// Trading clients that were written for the exchange read from a replay of what it sent, with only their URL changed.
func TestNodeBinance(t *testing.T) {
	need(t, "node", inPath("node"))
	for _, p := range []string{"ws", "binance", "@binance/connector"} {
		need(t, "npm package "+p, exists("node_modules/"+p))
	}
	need(t, "the recording "+recording, exists(recording))
	feed := start(t, build(t), "serve", "--listen", "127.0.0.1:0", "--admin", "off", "--replay", recording, "--loop", "--speed", "4")
	base := strings.TrimSuffix(feed, "/feed")
	runScript(t, []string{"binance ok", "@binance/connector ok", "plain ok"}, "node_binance.mjs", base)
}

// So does a browser's plain WebSocket.
func TestChromiumBinance(t *testing.T) {
	needChromium(t)
	need(t, "the recording "+recording, exists(recording))
	feed := start(t, build(t), "serve", "--listen", "127.0.0.1:0", "--admin", "off", "--replay", recording, "--loop", "--speed", "4")
	runScript(t, []string{"browser ok"}, "browser_binance.mjs", strings.TrimSuffix(feed, "/feed"))
}

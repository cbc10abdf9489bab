package upstream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/coder/websocket"

	"github.com/weir-ws/weir/hub/feed/source"
	"github.com/weir-ws/weir/hub/feed/source/upstream"
)

// A stream of an exchange becomes channels; here the exchange is a server with one message in the shape of Binance's combined streams.
func Example() {
	exchange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		_ = ws.Write(r.Context(), websocket.MessageText, []byte(`{"stream":"btcusdt@trade","data":{"E":1723161254087,"s":"BTCUSDT","p":"61230.10"}}`))
		_, _, _ = ws.Read(context.Background()) // until the reader leaves
	}))
	defer exchange.Close()

	u, err := upstream.New(upstream.Config{
		URL:  "ws" + strings.TrimPrefix(exchange.URL, "http") + "/stream?streams=btcusdt@trade",
		Kind: upstream.Raw,
		Map:  upstream.Map{Channel: "{stream}", Data: "data", Key: "data.s", Time: "data.E"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	err = u.Run(ctx, source.SinkFunc(func(_ context.Context, e source.Event) error {
		fmt.Println(e.Channel, e.Key, e.TS, string(e.Data))
		cancel()
		return nil
	}))
	fmt.Println(err)
	// Output:
	// btcusdt@trade BTCUSDT 1723161254087000000 {"E":1723161254087,"s":"BTCUSDT","p":"61230.10"}
	// context canceled
}

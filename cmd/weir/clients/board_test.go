package clients

import (
	"os"
	"testing"
)

// The board, with the two kinds of sockets that browsers have. SHOTS is a folder for screenshots, for people to look at.
func TestBoard(t *testing.T) {
	needChromium(t)
	need(t, "npm package axe-core", exists("node_modules/axe-core"))
	bin := build(t)
	for _, socket := range []string{"stream", "plain"} {
		t.Run(socket, func(t *testing.T) {
			args := []string{"browser_board.mjs", bin, socket}
			if shots := os.Getenv("SHOTS"); shots != "" && socket == "stream" {
				args = append(args, shots)
			}
			runScript(t, []string{"board ok"}, args...)
		})
	}
}

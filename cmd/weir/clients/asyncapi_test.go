package clients

import "testing"

// Who makes clients from an AsyncAPI document can make one from ours.
func TestAsyncAPI(t *testing.T) {
	need(t, "node", inPath("node"))
	need(t, "npm package @asyncapi/parser", exists("node_modules/@asyncapi/parser"))
	runScript(t, []string{"asyncapi ok, 17 messages"}, "asyncapi.mjs", "../../../docs/asyncapi.yaml")
}

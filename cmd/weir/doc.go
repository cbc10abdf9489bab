// Weir is a WebSocket server for feeds with very many subscribers, and the tools around it:
//
//	weir serve     serve a feed: a synthetic market, or the replay of a recording
//	weir tail      subscribe, and print or measure what arrives
//	weir echo      send every message back, for conformance suites
//	weir check     check a configuration
//	weir version   print the version
//
// `weir COMMAND --help` has the details. The exit code is 0 after an orderly end, 1 after a failure, 2 if the command
// line or the configuration is wrong. The first SIGINT or SIGTERM asks for an orderly end; another one, a second or more
// later, ends the process by the signal, which a shell shows as 130 or 143.
package main

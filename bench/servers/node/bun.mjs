// The server under test on Bun: its own server with topics.
import { address } from './address.mjs'

const roles = { '/echo': 'echo', '/sub': 'sub', '/pub': 'pub' }

const server = Bun.serve({
  ...address(),
  fetch(request, server) {
    const role = roles[new URL(request.url).pathname]
    if (!role) return new Response('not found', { status: 404 })
    if (!server.upgrade(request, { data: { role } })) return new Response('not a WebSocket handshake', { status: 400 })
  },
  websocket: {
    // idleTimeout, sendPings and backpressureLimit (1 MiB) are the defaults. Past the limit a subscriber is closed
    // rather than left with a gap.
    closeOnBackpressureLimit: true,
    open(ws) {
      if (ws.data.role === 'sub') ws.subscribe('all')
    },
    message(ws, message) {
      if (ws.data.role === 'echo') ws.send(message)
      else if (ws.data.role === 'pub') server.publish('all', message)
    },
  },
})
process.on('SIGTERM', () => process.exit())
console.log(`listening on ${server.hostname}:${server.port}`)

// The server under test on Node with ws: the loop over the subscribers that its README shows.
import { createServer } from 'node:http'
import WebSocket, { WebSocketServer } from 'ws'
import { address } from './address.mjs'

const { hostname, port } = address()
const subscribers = new Set()

function publish(data, isBinary) {
  for (const client of subscribers) {
    if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary })
  }
}

const opened = {
  '/echo': ws => ws.on('message', (data, isBinary) => ws.send(data, { binary: isBinary })),
  '/pub': ws => ws.on('message', publish),
  '/sub': ws => {
    subscribers.add(ws)
    ws.on('close', () => subscribers.delete(ws))
  },
}

const sockets = new WebSocketServer({ noServer: true })
const server = createServer((_, response) => response.writeHead(404).end())
server.on('upgrade', (request, socket, head) => {
  const open = opened[request.url]
  if (!open) return socket.destroy()
  sockets.handleUpgrade(request, socket, head, ws => {
    ws.on('error', () => {}) // close follows
    open(ws)
  })
})
process.on('SIGTERM', () => process.exit())
server.listen({ port, host: hostname, backlog: 65535 }, () => console.log(`listening on ${hostname}:${server.address().port}`))

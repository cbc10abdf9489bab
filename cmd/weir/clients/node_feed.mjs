// Subscribers of Node's ws that reconnect as docs/protocol.md says, each from an address of its own. What happens to them is
// told line by line in JSON; they end with their input.
// usage: node node_feed.mjs HOST:PORT CERTIFICATE URL CHANNEL ADDRESS...
import { readFileSync } from 'node:fs'
import WebSocket from 'ws'

const [host, certificate, url, channel, ...addresses] = process.argv.slice(2)
const ca = readFileSync(certificate)
const ip = host.split(':')[0]

// The site's name stands for the address that the test has given it.
function lookup(name, options, done) {
  if (options.all) done(null, [{ address: ip, family: 4 }])
  else done(null, ip, 4)
}

function tell(event) { console.log(JSON.stringify(event)) }

function subscribe(Client) {
  const ws = new WebSocket(url, {
    ca, lookup, localAddress: Client, origin: new URL(url).origin.replace('wss:', 'https:'),
    headers: { 'X-Forwarded-For': '203.0.113.1', 'X-Real-IP': '203.0.113.2', Forwarded: 'for=203.0.113.3' },
  })
  ws.on('open', () => ws.send(JSON.stringify({ type: 'subscribe', channel })))
  ws.on('message', (raw) => {
    const m = JSON.parse(raw)
    tell({ Client, Kind: m.type, Epoch: m.epoch, Seq: m.seq })
  })
  ws.on('error', (e) => tell({ Client, Kind: String(e) }))
  ws.on('close', (Code, reason) => {
    const Reason = reason.toString()
    tell({ Client, Kind: 'close', Code, Reason })
    const hint = /; retry-after=(\d+)ms$/.exec(Reason)
    if (hint) setTimeout(subscribe, Number(hint[1]), Client)
  })
}

process.stdin.on('end', () => process.exit(0)).resume()
for (const a of addresses) subscribe(a)

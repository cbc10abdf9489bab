// Node's ws against a feed that wants a token: shown as a subprotocol and in a header; refused; publishing; the end of its time.
// usage: node node_token.mjs FEED_URL CHANNEL TOKEN BAD_TOKEN ISSUER_URL (which has tokens that expire in a few seconds)
import assert from 'node:assert/strict'
import { once } from 'node:events'
import WebSocket from 'ws'

const [url, channel, token, bad, issuer] = process.argv.slice(2)

async function open(protocols, options) {
  const ws = new WebSocket(url, protocols, options)
  await once(ws, 'open')
  return ws
}

async function refused(protocols, options, status, challenge) {
  const ws = new WebSocket(url, protocols, options)
  ws.on('error', () => {})
  const [, res] = await once(ws, 'unexpected-response')
  assert.equal(res.statusCode, status)
  assert.match(res.headers['www-authenticate'], challenge)
}

const ws = await open(['weir.v1', 'weir.token.' + token])
assert.equal(ws.protocol, 'weir.v1')
const said = []
const all = new Promise((resolve) => ws.on('message', (raw) => { if (said.push(JSON.parse(raw)) === 3) resolve() }))
ws.send(JSON.stringify({ type: 'subscribe', channel }))
ws.send(JSON.stringify({ type: 'publish', channel, data: { n: 1 }, id: 'p' }))
await all
assert.deepEqual(said.map((m) => [m.type, m.seq, m.id, m.data]),
  [['subscribed', 0, undefined, undefined], ['published', 1, 'p', undefined], ['message', 1, undefined, { n: 1 }]])
ws.close()

const other = await open([], { headers: { Authorization: 'Bearer ' + token } })
assert.equal(other.protocol, '')
other.close()

await refused([], {}, 401, /^Bearer realm="weir"$/)
await refused(['weir.v1', 'weir.token.' + bad], {}, 401, /error="invalid_token"/)
await refused(['weir.token.' + token], {}, 400, /error="invalid_request"/)

let brief
while (!brief) { // on a busy machine a token may have expired on its way
  const short = await (await fetch(issuer)).text()
  brief = await open(['weir.v1', 'weir.token.' + short]).catch(() => undefined)
}
const [code, reason] = await once(brief, 'close')
assert.deepEqual([code, reason.toString()], [3000, 'the token has expired'])
console.log('token ok')

// Node's ws against weir with permessage-deflate, under every way to agree on it: echoes of all sizes, compressed and not, and a feed
// that arrives in fewer bytes than it has.
// usage: node node_ws_deflate.mjs ECHO_URL FEED_URL CHANNEL
import assert from 'node:assert/strict'
import { once } from 'node:events'
import WebSocket from 'ws'

const [echoURL, feedURL, channel] = process.argv.slice(2)

async function open(url, perMessageDeflate) {
  const ws = new WebSocket(url, { perMessageDeflate, rejectUnauthorized: false })
  await once(ws, 'open')
  return ws
}

function sample(size) {
  const lines = []
  for (let n = 0, i = 0; n < size; i++) {
    lines.push(JSON.stringify({ symbol: 'BTCUSDT', price: 60000 + (i * 7919) % 1000, note: 'dämmt € 🌊' }))
    n += lines.at(-1).length
  }
  return Buffer.from(lines.join('').slice(0, size)).toString('utf8') // a character cut in two becomes another
}

const agreements = [
  [{}, ['server_no_context_takeover', false], ['client_no_context_takeover', false]],
  [{ serverNoContextTakeover: true }, ['server_no_context_takeover', true]],
  [{ clientNoContextTakeover: true }, ['client_no_context_takeover', true]],
  [{ serverNoContextTakeover: true, clientNoContextTakeover: true }, ['server_no_context_takeover', true], ['client_no_context_takeover', true]],
  [{ serverMaxWindowBits: 9, clientMaxWindowBits: 10 }, ['server_max_window_bits=9', true], ['client_max_window_bits=10', true]],
  [{ serverMaxWindowBits: 12, serverNoContextTakeover: true }, ['server_max_window_bits=12', true]],
]

async function echo(offer, ...wants) {
  const ws = await open(echoURL, { ...offer, threshold: 1 })
  assert.equal(ws.extensions, 'permessage-deflate')
  const agreed = ws._receiver._extensions['permessage-deflate'].params
  for (const [want, there] of wants) {
    const [name, bits] = want.split('=')
    assert.equal(name in agreed, there, `${want}: ${JSON.stringify(agreed)}`)
    if (bits) assert.equal(agreed[name], Number(bits))
  }
  for (const size of [0, 1, 100, 511, 512, 600, 600, 5000, 65535, 65536, 65537, 1 << 20]) {
    for (const compress of [true, false]) {
      for (const binary of [false, true]) {
        const sent = sample(size)
        ws.send(binary ? Buffer.from(sent) : sent, { binary, compress })
        const [data, isBinary] = await once(ws, 'message')
        assert.equal(isBinary, binary)
        assert.ok(data.toString('utf8') === sent, `${size} characters came back as others`)
      }
    }
  }
  ws.send('frag'.repeat(500), { fin: false, compress: true }); ws.send('mented', { fin: true })
  assert.equal((await once(ws, 'message'))[0].toString(), 'frag'.repeat(500) + 'mented')
  ws.ping('are you there'.repeat(9))
  assert.equal((await once(ws, 'pong'))[0].toString(), 'are you there'.repeat(9))
  // A hundred at once, answered in order.
  const texts = Array.from({ length: 100 }, (_, i) => sample((i * 977) % 9000) + i)
  const got = []
  const all = new Promise((resolve) => ws.on('message', (d) => { if (got.push(d.toString()) === texts.length) resolve() }))
  for (const t of texts) ws.send(t)
  await all
  assert.equal(got.findIndex((t, i) => t !== texts[i]), -1)
  ws.close(4321, 'done')
  const [code] = await once(ws, 'close')
  assert.equal(code, 4321)
}

async function feed() {
  const ws = await open(feedURL, true)
  assert.equal(ws.extensions, 'permessage-deflate')
  let next = 0, bytes = 0, messages = 0
  const before = ws._socket.bytesRead
  const done = new Promise((resolve, reject) => {
    ws.on('message', (raw) => {
      bytes += raw.length
      const m = JSON.parse(raw)
      if (m.type === 'subscribed') next = m.seq + 1
      else if (m.type === 'message') {
        try { assert.equal(m.seq, next++) } catch (e) { reject(e) }
        if (++messages === 60) resolve() // enough for what was read ahead not to count
      } else if (m.type !== 'snapshot') reject(new Error(raw))
    })
  })
  ws.send(JSON.stringify({ type: 'subscribe', channel, id: 7 }))
  await done
  assert.ok(ws._socket.bytesRead - before < bytes, `${ws._socket.bytesRead - before} bytes for ${bytes}`)
  ws.close()
  await once(ws, 'close')
  console.log('compressed feed ok')
}

for (const [offer, ...wants] of agreements) await echo(offer, ...wants)
console.log(`compressed echo ok, ${agreements.length} ways`)
await feed()

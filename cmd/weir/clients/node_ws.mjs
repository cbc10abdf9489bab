// Node's ws against weir: echo of every kind of message, pings, close codes, then a subscription on the feed.
// usage: node node_ws.mjs ECHO_URL FEED_URL CHANNEL
import assert from 'node:assert/strict'
import { once } from 'node:events'
import WebSocket from 'ws'

const [echoURL, feedURL, channel] = process.argv.slice(2)

async function open(url, protocols) {
  const ws = new WebSocket(url, protocols, { perMessageDeflate: true, rejectUnauthorized: false }) // the offer is declined, not fatal
  await once(ws, 'open')
  return ws
}

async function echo() {
  const ws = await open(echoURL)
  assert.equal(ws.extensions, '')
  for (const size of [0, 1, 125, 126, 65535, 65536, 1 << 20]) {
    for (const binary of [false, true]) {
      const sent = Buffer.alloc(size, 'ä')
      const text = size % 2 ? Buffer.alloc(size, 'x') : sent
      ws.send(binary ? sent : text.toString('utf8'), { binary })
      const [data, isBinary] = await once(ws, 'message')
      assert.equal(isBinary, binary)
      assert.deepEqual(data, binary ? sent : Buffer.from(text.toString('utf8')))
    }
  }
  ws.send('frag', { fin: false }); ws.send('mented', { fin: true })
  assert.equal((await once(ws, 'message'))[0].toString(), 'fragmented')
  ws.ping('are you there')
  assert.equal((await once(ws, 'pong'))[0].toString(), 'are you there')
  ws.close(4321, 'done')
  const [code] = await once(ws, 'close')
  assert.equal(code, 4321)
  console.log('echo ok')
}

async function invalid() {
  const ws = await open(echoURL)
  ws.on('error', () => {})
  ws._socket.write(Buffer.from([0x81, 0x01, 0x41])) // an unmasked frame: RFC 6455 5.1
  const [code] = await once(ws, 'close')
  assert.equal(code, 1002)
  console.log('invalid ok')
}

async function feed() {
  const ws = await open(feedURL)
  let next = 0
  const done = new Promise((resolve, reject) => {
    ws.on('message', (raw) => {
      const m = JSON.parse(raw)
      if (m.type === 'subscribed') {
        assert.equal(m.id, 7)
        next = m.seq + 1
      } else if (m.type === 'message') {
        try {
          assert.equal(m.channel, channel)
          assert.equal(m.seq, next++)
          assert.equal(typeof m.data, 'object')
        } catch (e) { reject(e) }
        if (next % 5 === 0) resolve()
      } else if (m.type !== 'snapshot') reject(new Error(raw))
    })
  })
  ws.send(JSON.stringify({ type: 'subscribe', channel, id: 7 }))
  await done
  ws.close()
  const [code] = await once(ws, 'close')
  assert.equal(code, 1005)
  console.log('feed ok')
}

await echo()
await invalid()
await feed()

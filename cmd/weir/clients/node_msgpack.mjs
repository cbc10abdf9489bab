// Two clients of one channel, one in each encoding, with times: what @msgpack/msgpack decodes is what JSON.parse does.
// usage: node node_msgpack.mjs FEED_URL CHANNEL
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { decode } from '@msgpack/msgpack'
import WebSocket from 'ws'

const [url, channel] = process.argv.slice(2)

// The lines that the document gives to people.
const doc = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8')
const [, lines] = /\n## MessagePack\n[^]*?\n```js\n([^]*?)```/.exec(doc)
const documented = new Function('decode', 'bytes', `${lines}\nreturn m`)
const unpack = (bytes) => documented(decode, bytes)

// Nanoseconds are beyond what a JavaScript number holds, for JSON.parse and decode alike; useBigInt64 of decode holds them.
async function open(protocols) {
  const ws = new WebSocket(url + '?times=1', protocols)
  await once(ws, 'open')
  return ws
}

const plain = await open(['weir.v1'])
const packed = await open(['weir.v1.msgpack', 'weir.v1'])
assert.equal(packed.protocol, 'weir.v1.msgpack')

const bySeq = new Map()
let same = 0
const done = new Promise((resolve, reject) => {
  const take = (binaryWanted, read) => (raw, isBinary) => {
    try {
      assert.equal(isBinary, binaryWanted)
      const m = read(raw)
      if (m.type === 'subscribed') {
        assert.deepEqual([m.channel, m.id], [channel, 'x'])
        return
      }
      assert.equal(m.type, 'message')
      assert.ok(m.recv > 0 && m.sent >= m.recv && m.ts > 0)
      const other = bySeq.get(m.seq)
      if (other === undefined) { bySeq.set(m.seq, m); return }
      assert.deepEqual(m, other)
      if (++same === 50) resolve()
    } catch (e) { reject(e) }
  }
  plain.on('message', take(false, (raw) => JSON.parse(raw)))
  packed.on('message', take(true, unpack))
})
for (const ws of [plain, packed]) ws.send(JSON.stringify({ type: 'subscribe', channel, id: 'x' }))
await done
console.log('msgpack ok')
for (const ws of [plain, packed]) ws.close()

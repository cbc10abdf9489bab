// Two trading clients from npm, with nothing changed but their URL, and a plain WebSocket to the same streams.
// usage: node node_binance.mjs BASE_URL
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import WebSocket from 'ws'

const require = createRequire(import.meta.url)
const base = process.argv[2]
const quiet = { trace() {}, debug() {}, info() {}, warn() {}, error: console.error }

// until resolves with what collect has returned when that is something, and fails after a minute.
function until(what, begin) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`${what}: nothing came`)), 60_000)
    begin((v) => { clearTimeout(late); resolve(v) }, reject)
  })
}

// binance: its own subscribe over one combined connection, parsed and renamed by the library.
{
  const { WebsocketClient } = require('binance')
  const client = new WebsocketClient({ wsUrl: base, beautify: true }, quiet)
  const seen = await until('binance', (done, fail) => {
    const got = {}
    client.on('exception', fail)
    client.on('formattedMessage', (m) => {
      got[m.eventType] ??= m
      if (got.trade && got.bookTicker && got.depthUpdate) done(got)
    })
    client.subscribe(['btcusdt@trade', 'btcusdt@bookTicker', 'btcusdt@depth@100ms'], 'main').catch(fail)
  })
  assert.equal(seen.trade.symbol, 'BTCUSDT')
  assert.equal(typeof seen.trade.price, 'number')
  assert.ok(seen.bookTicker.askPrice > seen.bookTicker.bidPrice)
  assert.ok(seen.depthUpdate.bidDepthDelta.length + seen.depthUpdate.askDepthDelta.length > 0)
  await client.unsubscribe(['btcusdt@trade'], 'main')
  client.closeAll(true)
  console.log('binance ok')
}

// @binance/connector: a raw stream by its URL, then another one over the open connection; and a combined URL.
for (const combinedStreams of [false, true]) {
  const { WebsocketStream } = require('@binance/connector')
  let stream
  const names = await until('@binance/connector', (done) => {
    const got = new Set()
    stream = new WebsocketStream({
      logger: quiet, wsURL: base, combinedStreams,
      callbacks: {
        open: (c) => { if (!combinedStreams) c.subscribe('btcusdt@bookTicker') },
        message: (text) => {
          const m = JSON.parse(text)
          if (combinedStreams) got.add(m.stream)
          else if ('result' in m) assert.equal(m.result, null)
          else got.add(m.e === 'trade' ? 'btcusdt@trade' : 'btcusdt@bookTicker')
          if (got.size === 2) done([...got].sort())
        },
      },
    })
    stream.subscribe(combinedStreams ? ['btcusdt@trade', 'btcusdt@bookTicker'] : 'btcusdt@trade')
  })
  assert.deepEqual(names, ['btcusdt@bookTicker', 'btcusdt@trade'])
  stream.disconnect()
}
console.log('@binance/connector ok')

// A plain WebSocket: numbers of the exchange's own follow one another, which they would not if something were left out.
{
  const ws = new WebSocket(`${base}/ws/btcusdt@depth@100ms`)
  const updates = await until('ws', (done, fail) => {
    const got = []
    ws.on('error', fail)
    ws.on('message', (raw) => { if (got.push(JSON.parse(raw)) === 10) done(got) })
  })
  for (let i = 1; i < updates.length; i++) assert.equal(updates[i].U, updates[i - 1].u + 1)
  ws.close()
  console.log('plain ok')
}
process.exit(0) // timers of the libraries are still there

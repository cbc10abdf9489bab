// weir.js against the binary. WEIR is where it is.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import WebSocket from 'ws'
import { Weir } from '../../../hub/feed/web/static/weir.js'

// serve starts the binary on 127.0.0.1:port, or on a free one, and resolves with its port and kill.
async function serve(t, port, ...args) {
  const p = spawn(process.env.WEIR, ['serve', '--listen', `127.0.0.1:${port}`, '--admin', 'off', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise((listens, ended) => {
    let said = ''
    p.stdout.on('data', (text) => {
      said += text
      const m = /listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(said)
      if (m) listens(port = Number(m[1]))
    })
    p.on('exit', () => ended(new Error(`weir ended: ${said}`)))
  })
  const kill = async () => {
    if (p.exitCode !== null || p.signalCode !== null) return
    p.kill('SIGKILL')
    await once(p, 'exit')
  }
  t.after(kill)
  return { port, kill }
}

// line is a way to a server that can be cut, stalled, or made to lose a message.
async function line(t, port) {
  const ways = new Set()
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1')
    const way = { near, far }
    ways.add(way)
    for (const [from, to] of [[near, far], [far, near]]) {
      from.pipe(to)
      from.on('error', () => {})
      from.on('close', () => { to.destroy(); ways.delete(way) })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const cut = () => { for (const { near, far } of ways) { near.resetAndDestroy(); far.resetAndDestroy() } }
  t.after(() => { server.close(); cut() })
  return { port: server.address().port, cut }
}

// connect returns a client and what it has heard: the violations and errors, and the numbers of the messages of each channel and epoch.
function connect(t, port, options = {}) {
  const weir = new Weir(`ws://127.0.0.1:${port}/feed`, { WebSocket, min: 20, max: 200, ...options })
  const faults = []
  for (const kind of ['violation', 'error']) weir.addEventListener(kind, (e) => faults.push(e.detail.message))
  t.after(() => weir.close())
  return { weir, faults }
}

async function until(what, more = () => '') {
  for (const end = Date.now() + 90_000; !what();) {
    assert.ok(Date.now() < end, `${what} ${more()}`)
    await new Promise((r) => setTimeout(r, 5))
  }
}

// note keeps, for each channel, the numbers that came, each with the numbers that it stood for.
function note() {
  const seen = new Map(), begun = []
  const of = (channel) => { if (!seen.has(channel)) seen.set(channel, []); return seen.get(channel) }
  return {
    seen, begun,
    onMessage: (m) => of(m.channel).push([m.from ?? m.seq - (m.dropped ?? 0), m.seq]),
    onDropped: (m) => of(m.channel).push([m.from, m.seq]),
    onSubscribed: (m) => begun.push(m),
  }
}

// whole tells whether what came of a channel follows without hole and overlap.
function whole(spans) {
  for (let i = 1; i < spans.length; i++) assert.equal(spans[i][0], spans[i - 1][1] + 1, `${spans[i]} behind ${spans[i - 1]}`)
}

test('a line that is cut is resumed with nothing missing', { timeout: 150_000 }, async (t) => {
  const server = await serve(t, 0, '--symbols', '3', '--trade-rate', '100')
  const way = await line(t, server.port)
  const { weir, faults } = connect(t, way.port)
  const n = note()
  const trades = weir.subscribe('*@trade', n), one = weir.subscribe('btcusdt@bookTicker', n)
  const all = () => [...trades.accounts.values(), ...one.accounts.values()]
  await until(() => all().length === 4 && all().every((a) => a.messages > 20))
  for (let i = 1; i <= 3; i++) {
    const before = weir.totals.messages
    way.cut()
    await until(() => all().every((a) => a.recoveries === i) && weir.totals.messages > before + 100, () => JSON.stringify([weir.status, all()]))
  }
  for (const [channel, spans] of n.seen) {
    whole(spans)
    assert.equal(spans[0][0], n.begun.find((m) => m.channel === channel).seq + 1)
  }
  assert.deepEqual([weir.totals.restarts, weir.totals.missed, weir.violations, faults], [0, 0, 0, []])
})

test('a server that is killed and started again begins anew, and says so', { timeout: 150_000 }, async (t) => {
  const args = ['--symbols', '2', '--trade-rate', '100']
  const server = await serve(t, 0, ...args)
  const { weir, faults } = connect(t, server.port)
  const n = note(), snapshots = []
  weir.subscribe('*@trade', n)
  weir.subscribe('*@bookTicker', { ...n, onSnapshot: (m) => snapshots.push(m.channel) })
  await until(() => weir.totals.channels === 4 && weir.totals.messages > 100)
  const states = []
  weir.addEventListener('status', (e) => states.push(e.detail.state))
  const epochs = new Set(n.begun.map((m) => m.epoch)), before = weir.totals.messages
  await server.kill()
  await until(() => states.includes('reconnecting'))
  for (const spans of n.seen.values()) whole(spans)
  n.begun.length = 0
  n.seen.clear()
  snapshots.length = 0
  await serve(t, server.port, ...args)
  // A channel that is not there yet is refused, or found with no message in it: the pattern begins it when it comes.
  const back = () => new Set(n.begun.map((m) => m.channel))
  await until(() => weir.totals.messages > before + 200 && back().size === 4, () => JSON.stringify([weir.status, weir.totals]))
  assert.ok(n.begun.every((m) => !m.recovered))
  assert.equal(weir.totals.recoveries, 0)
  assert.ok(n.begun.every((m) => !epochs.has(m.epoch)))
  // Every ticker that had a value when we came was shown it.
  assert.equal(snapshots.length, n.begun.reduce((sum, m) => sum + (m.snapshot ?? 0), 0))
  for (const spans of n.seen.values()) whole(spans)
  assert.deepEqual([weir.violations, faults], [0, []])
})

test('rates are changed while it runs, and account for all', { timeout: 150_000 }, async (t) => {
  const server = await serve(t, 0, '--symbols', '2', '--trade-rate', '200')
  const { weir, faults } = connect(t, server.port)
  const n = note()
  const s = weir.subscribe('*@bookTicker', n)
  await until(() => weir.totals.messages > 200)
  s.configure(5)
  await until(() => weir.totals.covered > 200)
  const way = weir.totals
  s.configure(0)
  await until(() => weir.totals.messages > way.messages + 200)
  for (const spans of n.seen.values()) whole(spans)
  assert.deepEqual([weir.violations, faults], [0, []])
})

test('a client that does not read is conflated, and nothing of it is unaccounted for', { timeout: 150_000 }, async (t) => {
  const server = await serve(t, 0, '--symbols', '10', '--trade-rate', '300')
  const { weir, faults } = connect(t, server.port)
  const n = note()
  weir.subscribe('*@bookTicker', n)
  await until(() => weir.totals.channels === 10 && weir.totals.messages > 1000)
  while (weir.totals.covered === 0) { // what TCP's buffers take first is for the system to say
    assert.equal(weir.pause(), true)
    await new Promise((r) => setTimeout(r, 4000))
    weir.resume()
    const { messages } = weir.totals
    await until(() => weir.totals.messages > messages + 1000)
  }
  for (const spans of n.seen.values()) whole(spans)
  assert.deepEqual([weir.violations, weir.totals.restarts, faults], [0, 0, []])
})

test('a message that a proxy loses is noticed, and fetched', { timeout: 150_000 }, async (t) => {
  const server = await serve(t, 0, '--symbols', '1', '--trade-rate', '50')
  let lose = 0
  class Lossy extends WebSocket {
    set onmessage(f) {
      super.onmessage = f && ((e) => {
        if (lose > 0 && e.data.startsWith('{"type":"message","channel":"btcusdt@trade"')) lose--
        else f(e)
      })
    }
  }
  const { weir, faults } = connect(t, server.port, { WebSocket: Lossy })
  const n = note()
  weir.subscribe('btc*@trade', n)
  weir.subscribe('btcusdt@bookTicker', n)
  for (let i = 1; i <= 2; i++) {
    const { messages } = weir.totals
    await until(() => weir.totals.messages > messages + 30)
    lose = 3
    await until(() => weir.violations >= i && weir.totals.recoveries >= i)
  }
  const { messages } = weir.totals
  await until(() => weir.totals.messages > messages + 30)
  for (const spans of n.seen.values()) whole(spans)
  assert.deepEqual([weir.violations, weir.totals.restarts, weir.totals.missed, faults.length], [2, 0, 0, 2])
  assert.match(faults[0], /^btcusdt@trade: a message accounts for \d+ to \d+, and \d+ is accounted for$/)
})

test('publishing, and the way there and back', { timeout: 150_000 }, async (t) => {
  const server = await serve(t, 0, '--symbols', '0', '--publish-to', 'news', '--publish-open')
  const { weir, faults } = connect(t, server.port)
  const got = []
  const s = weir.subscribe('news', { onMessage: (m) => got.push(m) })
  await until(() => s.state === 'live')
  const position = await weir.publish('news', { a: 1 }, { ts: 1723161254087896568n, key: 'k', gap: true })
  await until(() => got.length === 1)
  assert.deepEqual([position.seq, got[0].seq, got[0].key, got[0].data, got[0].exact('ts')], [1, 1, 'k', { a: 1 }, 1723161254087896568n])
  assert.equal(s.accounts.get('news').gaps, 1)
  assert.ok(await weir.ping() >= 0)
  await assert.rejects(weir.publish('olds', 1), { code: 'forbidden', channel: 'olds' })
  const no = weir.subscribe('olds')
  await until(() => no.state === 'refused')
  assert.deepEqual([no.error.code, faults], ['unknown_channel', ['olds: there is no such channel']])
})

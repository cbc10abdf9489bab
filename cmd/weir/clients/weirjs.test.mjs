// weir.js against a server that a test plays, message by message.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import WebSocket, { WebSocketServer } from 'ws'
import { Account, Weir, matches } from '../../../hub/feed/web/static/weir.js'

// play starts a server; next() resolves with its next connection, which has say(), heard() and its own close().
async function play(t, options = {}) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const came = [], wanted = []
  server.on('connection', (ws, request) => {
    const inbox = [], readers = []
    ws.on('message', (raw) => {
      const m = JSON.parse(raw)
      c.id = m.id
      readers.length ? readers.shift()(m) : inbox.push(m)
    })
    const c = {
      ws, request,
      say: (...all) => all.forEach((m) => ws.send(typeof m === 'string' ? m : JSON.stringify(m))),
      whole: () => inbox.length ? Promise.resolve(inbox.shift()) : new Promise((r) => readers.push(r)),
      heard: async () => { const { id, ...m } = await c.whole(); assert.equal(typeof id, 'number'); return m },
    }
    wanted.length ? wanted.shift()(c) : came.push(c)
  })
  const weir = new Weir(`ws://127.0.0.1:${server.address().port}/feed`, { WebSocket, random: () => 0, ...options })
  const log = []
  for (const kind of ['status', 'violation', 'error']) weir.addEventListener(kind, (e) => log.push([kind, e.detail]))
  t.after(() => { weir.close(); server.close(); for (const c of server.clients) c.terminate() })
  return { weir, log, next: () => came.length ? Promise.resolve(came.shift()) : new Promise((r) => wanted.push(r)) }
}

const until = async (what) => { for (const end = Date.now() + 60_000; !what();) { assert.ok(Date.now() < end, String(what)); await new Promise((r) => setTimeout(r, 2)) } }

const message = (channel, seq, more = {}) => ({ type: 'message', channel, seq, ts: 7, data: seq, ...more })

test('an account adds up', () => {
  for (const [name, messages, want] of [
    ['one by one', [message('a', 11), message('a', 12)], { last: 12, messages: 2, covered: 0, dropped: 0 }],
    ['a range', [message('a', 15, { from: 11 })], { last: 15, messages: 1, covered: 4, dropped: 0 }],
    ['a range of one', [message('a', 11, { from: 11 })], { last: 11, messages: 1, covered: 0 }],
    ['dropped before it', [message('a', 15, { dropped: 4 })], { last: 15, messages: 1, dropped: 4 }],
    ['dropped, and nothing behind', [{ type: 'dropped', seq: 14, from: 11 }], { last: 14, messages: 0, dropped: 4 }],
    ['a gap of the source', [message('a', 11, { gap: true })], { last: 11, gaps: 1 }],
    ['a new count', [message('a', 3, { epoch: 'f' }), message('a', 4)], { last: 4, epoch: 'f', restarts: 1 }],
    ['silence', [{ type: 'heartbeat', seq: 10 }], { last: 10 }],
  ]) {
    const a = new Account()
    a.begin({ epoch: 'e', seq: 10 })
    for (const m of messages) assert.equal(a.take(m), undefined, name)
    for (const [k, v] of Object.entries(want)) assert.equal(a[k], v, `${name}: ${k}`)
  }
  for (const m of [
    message('a', 10), message('a', 12), message('a', 9), message('a', 15, { from: 12 }), message('a', 15, { from: 10 }),
    message('a', 15, { dropped: 3 }), message('a', 15, { dropped: 5 }), { type: 'dropped', seq: 14, from: 12 }, { type: 'dropped', seq: 10, from: 11 },
    { type: 'heartbeat', seq: 11 },
  ]) {
    const a = new Account()
    a.begin({ epoch: 'e', seq: 10 })
    assert.match(a.take(m) ?? '', /accounted for/, JSON.stringify(m))
    assert.equal(a.last, 10)
  }
})

test('patterns are those of the server', () => {
  for (const [p, n, want] of [
    ['*', '', true], ['*@trade', 'a@trade', true], ['*@trade', '@trade', true], ['*@trade', 'a@trades', false], ['a*c', 'ac', true], ['a*c', 'abc', true],
    ['a*a', 'a', false], ['a*b*c', 'a1b2c', true], ['a*b*c', 'acb', false], ['**', 'x', true], ['a', 'a', true], ['a', 'ab', false], ['*ab*ab', 'ab', false],
    ['a*b*b', 'ab', false],
  ]) assert.equal(matches(p, n), want, `${p} ${n}`)
})

test('messages arrive, with the time exactly', async (t) => {
  const p = await play(t)
  const got = []
  const s = p.weir.subscribe('a', { onMessage: (m) => got.push(m), onSnapshot: (m) => got.push(m) })
  const c = await p.next()
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'a' })
  assert.equal(c.request.headers['sec-websocket-protocol'], 'weir.v1')
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 1, snapshot: 1 },
    '{"type":"snapshot","channel":"a","seq":1,"ts":1723161254087896568,"data":{"ts":5}}', message('a', 2))
  await until(() => got.length === 2)
  assert.equal(s.state, 'live')
  assert.equal(got[0].exact('ts'), 1723161254087896568n)
  assert.equal(got[0].exact('recv'), undefined)
  assert.deepEqual([got[0].type, got[1].type, got[1].data, s.accounts.get('a').last], ['snapshot', 'message', 2, 2])
})

test('a lost connection is resumed where it was', async (t) => {
  const p = await play(t)
  const got = []
  const s = p.weir.subscribe('a', { maxHz: 5, onMessage: (m) => got.push(m.seq) })
  let c = await p.next()
  await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 4 }, message('a', 5), message('a', 7, { from: 6 }))
  await until(() => got.length === 2)
  c.ws.terminate()
  c = await p.next()
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'a', since: { epoch: 'e', seq: 7 }, maxHz: 5 })
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 7, recovered: true }, message('a', 8))
  await until(() => got.length === 3)
  const a = s.accounts.get('a')
  assert.deepEqual([a.last, a.messages, a.covered, a.recoveries, a.restarts], [8, 3, 1, 1, 0])
  c.ws.terminate()
  c = await p.next()
  await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'f', seq: 100, recovered: false }, message('a', 101))
  await until(() => got.length === 4)
  assert.deepEqual([a.epoch, a.last, a.restarts, a.missed, a.recovered], ['f', 101, 1, 0, false])
  c.ws.terminate()
  assert.equal(s.state, 'live')
  await until(() => s.state === 'pending')
  c = await p.next()
  await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'f', seq: 150, recovered: false, snapshot: 3 })
  await until(() => a.last === 150)
  assert.deepEqual([a.restarts, a.missed, a.recovered, a.snapshots], [2, 49, false, 3])
  assert.deepEqual(p.weir.totals, { channels: 1, messages: 4, covered: 1, dropped: 0, gaps: 0, recoveries: 1, restarts: 2, missed: 49 })
  assert.deepEqual(p.log.filter(([k]) => k === 'violation'), [])
})

test('the channels of a pattern are resumed by name, and go back to it', async (t) => {
  const p = await play(t)
  const got = []
  const s = p.weir.subscribe('*@t', { onMessage: (m) => got.push(m.channel + m.seq) })
  let c = await p.next()
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: '*@t' })
  c.say({ type: 'subscribed', pattern: '*@t' }, { type: 'subscribed', channel: 'x@t', epoch: 'e', seq: 3, pattern: '*@t' }, message('x@t', 4),
    { type: 'subscribed', channel: 'y@t', epoch: 'e', seq: 0, pattern: '*@t' }, message('y@t', 1))
  await until(() => got.length === 2)
  c.ws.terminate()
  c = await p.next()
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'x@t', since: { epoch: 'e', seq: 4 } })
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'y@t', since: { epoch: 'e', seq: 1 } })
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: '*@t' })
  assert.deepEqual(await c.heard(), { type: 'unsubscribe', channels: ['x@t', 'y@t'] })
  c.say({ type: 'subscribed', channel: 'x@t', epoch: 'e', seq: 4, recovered: true }, message('x@t', 5))
  await until(() => got.length === 3)
  assert.deepEqual([...s.accounts.keys()], ['x@t', 'y@t'])
  c.say({ type: 'error', code: 'unknown_channel', message: 'gone', channel: 'y@t', id: 2 + 1 })
  await until(() => s.accounts.size === 1)
  s.unsubscribe()
  assert.deepEqual(await c.heard(), { type: 'unsubscribe', channel: '*@t' })
  c.say(message('x@t', 6)) // was under way
  assert.deepEqual([...s.accounts.keys()], [])
  assert.equal(s.state, 'ended')
  assert.equal(p.weir.totals.messages, 3)
})

test('a count that does not add up is told, and mended', async (t) => {
  const p = await play(t)
  const got = []
  p.weir.subscribe('a', { onMessage: (m) => got.push(m.seq) })
  const c = await p.next()
  await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 1 }, message('a', 2), message('a', 4), message('a', 5))
  assert.deepEqual(await c.heard(), { type: 'unsubscribe', channel: 'a' })
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'a', since: { epoch: 'e', seq: 2 } })
  c.say({ type: 'unsubscribed', channel: 'a' }, { type: 'subscribed', channel: 'a', epoch: 'e', seq: 2, recovered: true },
    message('a', 3), message('a', 4))
  await until(() => got.length === 3)
  assert.deepEqual(got, [2, 3, 4])
  const told = p.log.filter(([k]) => k === 'violation')
  assert.equal(told.length, 1)
  assert.equal(told[0][1].message, 'a: a message accounts for 4 to 4, and 2 is accounted for')
})

test('requests and their answers', async (t) => {
  const p = await play(t)
  await assert.rejects(p.weir.ping(), { code: 'not_connected' })
  const c = await p.next()
  await until(() => p.weir.status.state === 'open')
  const published = p.weir.publish('n', { p: 1 }, { ts: 1723161254087896568n, key: 'k' })
  const [raw] = await once(c.ws, 'message')
  assert.equal(String(raw), '{"type":"publish","channel":"n","data":{"p":1},"key":"k","id":1,"ts":1723161254087896568}')
  await c.whole()
  c.say({ type: 'published', channel: 'n', epoch: 'e', seq: 9, id: 1 })
  assert.equal((await published).seq, 9)
  const refused = p.weir.publish('m', 1)
  await c.heard()
  c.say({ type: 'error', code: 'forbidden', message: 'no', channel: 'm', id: c.id })
  await assert.rejects(refused, { code: 'forbidden', channel: 'm' })
  const s = p.weir.subscribe('no such')
  assert.equal((await c.heard()).channel, 'no such')
  c.say({ type: 'error', code: 'bad_channel', message: 'no', channel: 'no such', id: c.id })
  await until(() => s.state === 'refused')
  assert.equal(s.error.code, 'bad_channel')
  const lost = p.weir.ping()
  await c.heard()
  c.ws.terminate()
  await assert.rejects(lost, { code: 'lost' })
})

test('pauses: a hint is kept to, then full jitter', async (t) => {
  const p = await play(t, { random: () => 0.5, min: 20, max: 50 })
  const c = await p.next()
  await until(() => p.weir.status.state === 'open')
  const before = Date.now()
  c.ws.close(1012, 'server is restarting; retry-after=30ms')
  await until(() => p.weir.status.state === 'reconnecting')
  assert.ok(p.weir.status.retryAt - before >= 30)
  assert.deepEqual([p.weir.status.code, p.weir.status.attempt], [1012, 1])
  for (const most of [40, 50, 50]) {
    (await p.next()).ws.terminate()
    await until(() => p.weir.status.state === 'reconnecting')
    const { retryAt } = p.weir.status
    assert.ok(retryAt - Date.now() <= most / 2, `${most}`)
    await until(() => p.weir.status.state !== 'reconnecting')
  }
})

test('tokens: as a subprotocol, and another one when it has expired', async (t) => {
  let n = 0
  const p = await play(t, { token: () => `t${++n}` })
  let c = await p.next()
  assert.equal(c.request.headers['sec-websocket-protocol'], 'weir.v1,weir.token.t1')
  c.ws.close(3000, 'the token has expired')
  c = await p.next()
  assert.equal(c.request.headers['sec-websocket-protocol'], 'weir.v1,weir.token.t2')
  const q = await play(t, { token: 'only' });
  (await q.next()).ws.close(3000, 'the token has expired')
  await until(() => q.weir.status.state === 'closed')
})

test('a silent server is asked, then left', async (t) => {
  const p = await play(t, { silence: 20, patience: 20 })
  const c = await p.next()
  assert.deepEqual(await c.whole(), { type: 'ping' })
  await p.next()
  assert.ok(p.log.some(([, d]) => d.reason === 'the server does not answer'))
})

test('close is for good', async (t) => {
  const p = await play(t)
  const c = await p.next()
  await until(() => p.weir.status.state === 'open')
  p.weir.close(1000, 'enough')
  const [code] = await once(c.ws, 'close')
  assert.equal(code, 1000)
  assert.equal(p.weir.status.state, 'closed')
})

test('a rate is that of each channel of a pattern, also of those that come later', async (t) => {
  const p = await play(t)
  const s = p.weir.subscribe('*@b')
  let c = await p.next()
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: '*@b' })
  const begins = (channel, policy, more) => ({ type: 'subscribed', channel, epoch: 'e', seq: 0, policy, pattern: '*@b', ...more })
  c.say({ type: 'subscribed', pattern: '*@b', id: c.id }, begins('x@b', 'conflate'), begins('y@b', 'lossless'))
  await until(() => s.accounts.size === 2)
  s.configure(2)
  assert.deepEqual(await c.heard(), { type: 'configure', channel: 'x@b', maxHz: 2 })
  c.say({ type: 'configured', channel: 'x@b', maxHz: 2, id: c.id }, begins('z@b', 'conflate'))
  assert.deepEqual(await c.heard(), { type: 'configure', channel: 'z@b', maxHz: 2 })
  c.ws.terminate()
  c = await p.next()
  const since = { epoch: 'e', seq: 0 }
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'x@b', since, maxHz: 2 })
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'y@b', since }) // with a rate it would be an error
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'z@b', since, maxHz: 2 })
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: '*@b', maxHz: 2 })
})

test('a relay that does not know a channel yet is asked again', async (t) => {
  const p = await play(t, { max: 1 })
  const s = p.weir.subscribe('a')
  let c = await p.next()
  const refuse = (channel) => c.say({ type: 'error', code: 'unknown_channel', message: 'there is no such channel', channel, id: c.id })
  await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 4, id: c.id })
  const never = p.weir.subscribe('b')
  await c.heard()
  refuse('b')
  await until(() => never.state === 'refused')
  c.ws.terminate()
  c = await p.next()
  const again = { type: 'subscribe', channel: 'a', since: { epoch: 'e', seq: 4 } }
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await c.heard(), again)
    refuse('a')
  }
  assert.deepEqual(await c.heard(), again)
  c.say({ type: 'subscribed', channel: 'a', epoch: 'f', seq: 1, recovered: false, id: c.id })
  await until(() => s.state === 'live')
  assert.deepEqual([s.error, s.accounts.get('a').restarts], [undefined, 1])
})

test('a channel that goes on for another subscription has the rate of that one', async (t) => {
  const p = await play(t)
  const slow = p.weir.subscribe('x*', { maxHz: 2 }), all = p.weir.subscribe('*')
  const c = await p.next()
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'x*', maxHz: 2 })
  const begins = (channel, policy, pattern, more) => ({ type: 'subscribed', channel, epoch: 'e', seq: 0, policy, pattern, ...more })
  c.say({ type: 'subscribed', pattern: 'x*', id: c.id }, begins('x1', 'conflate', 'x*', { maxHz: 2 }), begins('x2', 'lossless', 'x*'))
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: '*' })
  c.say({ type: 'subscribed', pattern: '*', id: c.id }, begins('y', 'conflate', '*'))
  await until(() => all.accounts.size === 3)
  slow.unsubscribe()
  assert.deepEqual(await c.heard(), { type: 'unsubscribe', channel: 'x*' })
  assert.deepEqual(await c.heard(), { type: 'configure', channel: 'x1', maxHz: 0 })
  p.weir.ping().catch(() => {}) // the end of the test comes first
  assert.deepEqual(await c.heard(), { type: 'ping' })
})

test('a name beside a pattern, and back, without a break', async (t) => {
  const p = await play(t)
  const got = []
  const note = (m, s) => got.push(`${s.name} ${m.seq}`)
  const all = p.weir.subscribe('*', { onMessage: note })
  const c = await p.next()
  await c.heard()
  c.say({ type: 'subscribed', pattern: '*', id: c.id }, { type: 'subscribed', channel: 'a', epoch: 'e', seq: 0, pattern: '*' }, message('a', 1))
  await until(() => got.length === 1)
  const one = p.weir.subscribe('a', { onMessage: note })
  assert.deepEqual(await c.heard(), { type: 'subscribe', channel: 'a' })
  c.say(message('a', 2), { type: 'subscribed', channel: 'a', epoch: 'e', seq: 2, id: c.id }, message('a', 3))
  await until(() => got.length === 5)
  assert.deepEqual(got, ['* 1', '* 2', 'a 2', '* 3', 'a 3'])
  assert.deepEqual([one.state, one.accounts.get('a').restarts], ['live', 0])
  all.unsubscribe()
  await c.heard()
  c.say(message('a', 4))
  await until(() => got.length === 6)
  assert.equal(got[5], 'a 4')
  assert.equal(p.weir.violations, 0)
})

test('no more is asked than can be answered', async (t) => {
  const p = await play(t)
  for (let i = 0; i < 300; i++) p.weir.subscribe(`c${i}`)
  const c = await p.next()
  for (let i = 0; i < 128; i++) assert.equal((await c.whole()).channel, `c${i}`)
  assert.equal(await Promise.race([c.whole(), new Promise((r) => setTimeout(r, 50, 'nothing'))]), 'nothing')
  c.say({ type: 'subscribed', channel: 'c0', epoch: 'e', seq: 0, id: 1 })
  await until(() => c.id === 129)
})

test('a token that allows less ends what it does not allow', async (t) => {
  const p = await play(t)
  const s = p.weir.subscribe('a'), r = p.weir.subscribe('b')
  const c = await p.next()
  await c.heard(); await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 0, id: 1 }, { type: 'subscribed', channel: 'b', epoch: 'e', seq: 0, id: 2 })
  await until(() => s.state === 'live' && r.state === 'live')
  const refreshed = p.weir.refresh('new')
  assert.deepEqual(await c.heard(), { type: 'refresh', token: 'new' })
  c.say({ type: 'unsubscribed', channel: 'a', code: 'forbidden', message: 'not any more', id: c.id }, { type: 'refreshed', expires: 7, id: c.id })
  assert.equal((await refreshed).expires, 7)
  assert.deepEqual([s.state, s.error.code, r.state], ['refused', 'forbidden', 'live'])
})

test('a paused client reads nothing, and is not taken for a dead one', async (t) => {
  const p = await play(t, { silence: 30, patience: 30 })
  let n = 0
  p.weir.subscribe('a', { onMessage: () => n++ })
  const c = await p.next()
  await c.heard()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 0, id: 1 })
  await until(() => p.weir.subscriptions.get('a').state === 'live')
  assert.equal(p.weir.pause(), true)
  let seq = 0
  const long = 'x'.repeat(1 << 16)
  while (c.ws.bufferedAmount < 1 << 20) { // more than TCP's buffers take
    c.say({ ...message('a', ++seq), data: long })
    await new Promise((r) => setImmediate(r))
    assert.ok(seq < 1e5)
  }
  assert.ok(n < seq / 2, `${n} of ${seq} came to a paused client`)
  assert.equal(p.weir.status.state, 'open')
  p.weir.resume()
  await until(() => n === seq)
  assert.equal(p.weir.violations, 0)
})

test('what a handler throws is reported, and nobody else misses a message', async (t) => {
  const p = await play(t)
  const got = [], thrown = []
  const later = globalThis.queueMicrotask
  t.mock.method(globalThis, 'queueMicrotask', (f) => later(() => { try { f() } catch (e) { thrown.push(e.message) } }))
  p.weir.subscribe('*', { onMessage: () => { throw new Error('mine') } })
  p.weir.subscribe('a', { onMessage: (m) => got.push(m.seq) })
  const c = await p.next()
  c.say({ type: 'subscribed', channel: 'a', epoch: 'e', seq: 0, id: 2 }, message('a', 1))
  await until(() => got.length === 1 && thrown.length === 1)
  assert.deepEqual(thrown, ['mine'])
})

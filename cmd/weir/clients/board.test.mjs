// The parts of the board that need no page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { EDGES, Latencies } from '../../../hub/feed/web/static/latencies.js'
import { Symbols } from '../../../hub/feed/web/static/symbols.js'

const origin = performance.timeOrigin
const received = (now, ms) => ({ recv: (origin + now - ms) * 1e6 })
const near = (got, want) => assert.ok(Math.abs(got / want - 1) < 0.03, `${got} is not ${want}`)

test('latencies: quantiles, bars, and what is too old', () => {
  const l = new Latencies()
  for (let i = 1; i <= 1000; i++) l.add(received(1000 + i, i / 10 + 0.03), 1000 + i) // 0.13 to 100.03 ms, beside all edges
  let { bars, median, p99 } = l.look(2000, origin + 2000)
  near(median, 50)
  near(p99, 99)
  assert.equal(bars.reduce((a, b) => a + b), 1000)
  assert.deepEqual(bars.map((n, i) => [EDGES[i], n]).filter(([, n]) => n > 0), [
    [0.25, 2], [0.5, 2], [1, 5], [2, 10], [4, 20], [8, 40], [16, 80], [32, 160], [64, 320], [128, 361]])
  l.add(received(9000, 20_000), 9000)
  l.add(received(9000, -5), 9000) // the server's clock is ahead
  ;({ bars, median, p99 } = l.look(12_100, origin + 12_100))
  assert.deepEqual([bars[0], bars.at(-1), bars.reduce((a, b) => a + b)], [1, 1, 2])
  near(p99, 20_000)
  l.add({ ts: 1e18 }, 12_200) // of a recording
  ;({ bars, median } = l.look(19_100, origin + 19_100))
  assert.deepEqual([Math.max(...bars), median], [0, undefined])
})

// The page's own clock goes on while a machine sleeps, or while its clock is set: the server's times are by the new one.
test('latencies: a clock that was set', () => {
  const l = new Latencies()
  for (const step of [-3_600_000, 7_200_000]) {
    l.look(1000, origin + 1000 + step)
    l.add(received(1000, 8 - step), 1000)
  }
  const { bars, median } = l.look(1000, origin + 1000)
  assert.equal(bars[EDGES.indexOf(8)] + bars[EDGES.indexOf(16)], 2)
  near(median, 8)
})

// What is measured must not wait for the measuring, however many messages a second there are.
test('latencies: messages are counted, not kept', () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc')
  const used = () => { gc(); const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers }
  const l = new Latencies()
  const before = used()
  for (let i = 0; i < 500_000; i++) l.add(received(i / 50, 1.5), i / 50)
  const grown = used() - before
  assert.equal(l.look(9_999, origin + 9_999).bars[EDGES.indexOf(2)], 500_000)
  assert.ok(grown < 4 << 20, `${grown} bytes for 500,000 messages`)
})

test('symbols: what is no price is passed over', () => {
  const s = new Symbols()
  for (const data of [null, 'x', 7, [], {}, { p: null }, { p: '' }, { p: 'abc' }, { p: {} }, { p: '1e999' }]) {
    s.take({ channel: 'a@trade', data })
    s.take({ channel: 'a@bookTicker', data })
  }
  s.take({ channel: 'a@bookTicker', data: { b: '1' } })
  assert.deepEqual(s.look(), [])
  s.take({ channel: 'b@trade', data: { p: 1.5 } })
  s.take({ channel: 'b@trade', data: { p: '1.70' } })
  s.take({ channel: 'b@bookTicker', data: { b: 1, a: 2 } })
  const [{ name, price, direction, bid, ask }] = s.look()
  assert.deepEqual([name, price, direction, bid, ask], ['b', '1.70', 1, '1', '2'])
})

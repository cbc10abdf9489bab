// Chromium's WebSocket against weir, from a page.
// usage: node browser.mjs ECHO_URL FEED_URL CHANNEL PAGE_ORIGIN_PORT
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [echoURL, feedURL, channel] = process.argv.slice(2)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

// The page has an origin of its own, so the server must have been told to allow it.
const page0 = createServer((_, res) => res.setHeader('Content-Type', 'text/html').end('<!doctype html><title>weir</title>'))
await new Promise((r) => page0.listen(0, '127.0.0.1', r))
const profile = mkdtempSync(join(tmpdir(), 'weir-chromium-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--ignore-certificate-errors'],
})
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${page0.address().port}/`)
  const echoed = await page.evaluate(async (url) => {
    const ws = new WebSocket(url)
    ws.binaryType = 'arraybuffer'
    await new Promise((r, j) => { ws.onopen = r; ws.onerror = () => j(new Error('echo: no connection')) })
    const next = () => new Promise((r) => { ws.onmessage = (e) => r(e.data) })
    const out = []
    let answer = next(); ws.send('grüße'); out.push(await answer)
    answer = next(); ws.send(new Uint8Array([1, 2, 3])); out.push([...new Uint8Array(await answer)])
    answer = next(); ws.send('x'.repeat(1 << 20)); out.push((await answer).length)
    const closed = new Promise((r) => { ws.onclose = (e) => r([e.code, e.reason, e.wasClean]) })
    ws.close(4000, 'bye')
    out.push(await closed)
    return out
  }, echoURL)
  assert.deepEqual(echoed.slice(0, 3), ['grüße', [1, 2, 3], 1 << 20])
  assert.equal(echoed[3][0], 4000)
  assert.equal(echoed[3][2], true)

  const seqs = await page.evaluate(([url, channel]) => new Promise((resolve, reject) => {
    const ws = new WebSocket(url)
    const seen = []
    ws.onerror = () => reject(new Error('feed: no connection'))
    ws.onopen = () => ws.send(JSON.stringify({ type: 'subscribe', channel }))
    ws.onmessage = (e) => {
      const m = JSON.parse(e.data)
      if (m.type === 'error') reject(new Error(e.data))
      if (m.type !== 'snapshot') seen.push(m.seq) // a snapshot is not part of the count
      if (seen.length === 5) { ws.close(); resolve(seen) }
    }
  }), [feedURL, channel])
  seqs.forEach((s, i) => assert.equal(s, seqs[0] + i)) // subscribed at s, then s+1, s+2, ...
  console.log('browser ok')
} finally {
  await browser.close()
  page0.close()
  rmSync(profile, { recursive: true, force: true })
}

// Chromium's WebSocket on the exchange's streams, with nothing in between: what a page that was written for the exchange does.
// usage: node browser_binance.mjs BASE_URL
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const base = process.argv[2]
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const profile = mkdtempSync(join(tmpdir(), 'weir-chromium-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  await page.goto(`${base.replace(/^ws/, 'http')}/weir.js`) // of the server's own origin, and it opens nothing by itself
  const collect = (url, n) => page.evaluate(([url, n]) => new Promise((resolve, reject) => {
    const ws = new WebSocket(url)
    const got = []
    ws.onerror = () => reject(new Error(`${url}: no connection`))
    ws.onmessage = (e) => { if (got.push(JSON.parse(e.data)) === n) { ws.close(); resolve(got) } }
  }), [url, n])

  // Numbers of the exchange's own follow one another, which they would not if something were left out.
  const updates = await collect(`${base}/ws/btcusdt@depth@100ms`, 10)
  for (let i = 1; i < updates.length; i++) assert.equal(updates[i].U, updates[i - 1].u + 1)
  for (const m of await collect(`${base}/stream?streams=btcusdt@trade/btcusdt@bookTicker`, 10)) {
    assert.ok(['btcusdt@trade', 'btcusdt@bookTicker'].includes(m.stream))
    assert.equal(m.data.s, 'BTCUSDT')
  }
  console.log('browser ok')
} finally {
  await browser.close()
  rmSync(profile, { recursive: true, force: true })
}

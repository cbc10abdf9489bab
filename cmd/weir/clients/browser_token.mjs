// Chromium's WebSocket with a token, which a page can only show as a subprotocol.
// usage: node browser_token.mjs FEED_URL CHANNEL TOKEN BAD_TOKEN ISSUER_URL (which has tokens that expire in a few seconds)
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const args = process.argv.slice(2)
const site = createServer((_, res) => res.setHeader('Content-Type', 'text/html').end('<!doctype html><title>weir</title>'))
await new Promise((r) => site.listen(0, '127.0.0.1', r))
const profile = mkdtempSync(join(tmpdir(), 'weir-chromium-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${site.address().port}/`)
  const seen = await page.evaluate(async ([url, channel, token, bad, issuer]) => {
    const open = (t) => new Promise((resolve, reject) => {
      const ws = new WebSocket(url, ['weir.v1', 'weir.token.' + t])
      ws.onopen = () => resolve(ws)
      ws.onerror = () => reject(new Error('no connection'))
    })
    const ws = await open(token)
    const messages = []
    const got = new Promise((r) => { ws.onmessage = (e) => { messages.push(JSON.parse(e.data)); if (messages.length === 3) r() } })
    ws.send(JSON.stringify({ type: 'subscribe', channel }))
    ws.send(JSON.stringify({ type: 'publish', channel, data: { n: 1 } }))
    await got
    const refused = await open(bad).then(() => false, () => true)
    let brief
    while (!brief) { // on a busy machine a token may have expired on its way
      const short = await (await fetch(issuer)).text()
      brief = await open(short).catch(() => undefined)
    }
    const closed = await new Promise((r) => { brief.onclose = (e) => r([e.code, e.reason, e.wasClean]) })
    return { protocol: ws.protocol, types: messages.map((m) => m.type), data: messages[2].data, refused, closed }
  }, args)
  assert.deepEqual(seen, {
    protocol: 'weir.v1', types: ['subscribed', 'published', 'message'], data: { n: 1 }, refused: true,
    closed: [3000, 'the token has expired', true],
  })
  console.log('token ok')
} finally {
  await browser.close()
  site.close()
  rmSync(profile, { recursive: true, force: true })
}

// The board in Chromium: prices move, a slow reader is conflated, a line is cut and resumed, the server is killed and started again.
// usage: node browser_board.mjs WEIR_BINARY [stream|plain] [SCREENSHOT_DIR]
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [binary, socket = 'stream', shots] = process.argv.slice(2)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// serve resolves with the process and its port: it may be given one.
function serve(port) {
  const p = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--admin', 'off', '--symbols', '5', '--trade-rate', '200'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    let said = ''
    p.stdout.on('data', (text) => {
      const m = /listening on ws:\/\/127\.0\.0\.1:(\d+)/.exec(said += text)
      if (m) resolve([p, Number(m[1])])
    })
    p.on('exit', () => reject(new Error('the server ended')))
  })
}

// The page's line comes through here when it is to be cut while the server goes on.
const sockets = new Set()
const line = net.createServer((near) => {
  const far = net.connect(port, '127.0.0.1')
  for (const [from, to] of [[near, far], [far, near]]) {
    sockets.add(from)
    from.pipe(to)
    from.on('error', () => {})
    from.on('close', () => { to.destroy(); sockets.delete(from) })
  }
})
await new Promise((r) => line.listen(0, '127.0.0.1', r))
const cut = () => { for (const s of sockets) s.resetAndDestroy() }

let [server, port] = await serve(0)
const profile = mkdtempSync(join(tmpdir(), 'weir-board-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath, headless: true, viewport: { width: 1280, height: 900 },
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
})
try {
  const page = await browser.newPage()
  const complaints = []
  page.on('pageerror', (e) => complaints.push(String(e)))
  // That a connection is refused or cut is what the test is about; a browser that tells so has not failed.
  const told = /ERR_CONNECTION_|ERR_INVALID_HTTP_RESPONSE|ERR_EMPTY_RESPONSE|WebSocket connection to .* failed/
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type()) && !told.test(m.text())) complaints.push(m.text()) })
  const open = (port) => page.goto(`http://127.0.0.1:${port}/${socket === 'plain' ? '#plain' : ''}`)
  await open(port)

  const text = (id) => page.textContent(`#${id}`)
  const number = async (id) => Number((await text(id)).replaceAll(',', ''))
  async function until(what, cond, ms = 90_000) {
    for (const end = Date.now() + ms; !(await cond());) {
      assert.ok(Date.now() < end, `${what}: ${await text('connection')}, ${await text('messages')} delivered, ${await text('covered')} covered`)
      await page.waitForTimeout(50)
    }
  }

  // Prices move.
  await until('five rows', async () => (await page.locator('#board tr').count()) === 5)
  assert.equal(await text('connection'), 'open')
  const prices = () => page.locator('#board tr td:nth-child(2)').allTextContents()
  const before = await prices()
  await until('every price moves', async () => (await prices()).every((p, i) => p !== before[i]))
  await until('latency', async () => /ms, .*ms/.test(await text('latency')))
  await until('sparklines', async () => (await page.locator('#board polyline[points]').count()) === 5)
  assert.equal(await number('violations'), 0)

  // What assistive technology meets, and how it looks.
  await page.evaluate(axe)
  for (const scheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: scheme })
    const { violations } = await page.evaluate(() => globalThis.axe.run())
    assert.deepEqual(violations.map((v) => [scheme, v.id, v.nodes.map((n) => n.target.join(' '))]), [])
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 })
      await page.waitForTimeout(400) // a report and a redraw
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      assert.ok(over <= 0, `at ${width} the page is ${over} px too wide`)
      const cut = await page.evaluate(() => { const t = document.querySelector('.scroll'); return t.scrollWidth - t.clientWidth })
      assert.ok(cut <= 0, `at ${width} the table is ${cut} px too wide`)
      if (shots) await page.screenshot({ path: join(shots, `board-${scheme}-${width}.png`), fullPage: true })
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 })

  // By keyboard: stop reading, see values covered by later ones, and read on.
  await page.focus('#slow')
  await page.keyboard.press('Space')
  assert.equal(await page.getAttribute('#slow', 'aria-pressed'), 'true')
  await until('the reader has stopped', async () => (await text('connection')).includes('reading is stopped'))
  if (shots) await page.screenshot({ path: join(shots, 'board-slow.png') })
  await until('values that stand for others', async () => (await number('covered')) > 0)
  await page.focus('#slow')
  await page.keyboard.press('Space')
  await until('it reads on', async () => (await text('connection')) === 'open')
  const slow = await number('messages')
  await until('it has recovered', async () => (await number('messages')) > slow + 1000 && parseFloat(await text('latency')) < 1000)
  assert.equal(await number('violations'), 0)

  // A rate, and none.
  await page.selectOption('#hz', '2')
  const covered = await number('covered')
  await until('a rate covers values', async () => (await number('covered')) > covered + 100)
  await page.selectOption('#hz', '0')

  // The line is cut: everything is resumed, with nothing missing.
  await open(line.address().port)
  await until('a thousand messages', async () => (await number('messages')) > 1000)
  cut()
  await until('resumed', async () => (await text('connection')) === 'open; 10 channels resumed, nothing missing')
  if (shots) await page.screenshot({ path: join(shots, 'board-resumed.png') })
  assert.equal(await text('resumes'), '10, 0')
  assert.equal(await text('missed'), '0')

  // The server dies and comes back: its count begins anew, and the page says so.
  server.removeAllListeners('exit')
  server.kill('SIGKILL')
  await until('reconnecting', async () => (await text('connection')).startsWith('reconnecting'))
  await page.setViewportSize({ width: 390, height: 900 })
  if (shots) await page.screenshot({ path: join(shots, 'board-reconnecting.png') })
  await page.setViewportSize({ width: 1280, height: 900 });
  [server] = await serve(port)
  await until('open again', async () => (await text('connection')) === 'open; 10 channels began anew')
  const after = await number('messages')
  await until('messages again', async () => (await number('messages')) > after + 500)
  assert.equal(await number('violations'), 0)
  assert.deepEqual(complaints, [])
  console.log('board ok')
} finally {
  await browser.close()
  line.close()
  cut()
  server.removeAllListeners('exit')
  server.kill('SIGKILL')
  rmSync(profile, { recursive: true, force: true })
}

// The board in Chromium, with the server killed and started again under it.
// usage: node browser_board.mjs WEIR_BINARY PORT [SCREENSHOT_DIR]
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

const [binary, port, shots] = process.argv.slice(2)
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// A small send buffer of the server's makes a slow reader show within seconds.
function serve() {
  const p = spawn(binary, ['serve', '--listen', `127.0.0.1:${port}`, '--admin', 'off', '--symbols', '5', '--trade-rate', '60'], { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    p.stdout.on('data', (text) => { if (String(text).includes('listening on')) resolve(p) })
    p.on('exit', () => reject(new Error('the server ended')))
  })
}

let server = await serve()
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
  page.on('console', (m) => { if (m.type() === 'error' && !m.text().includes('ERR_CONNECTION_REFUSED')) complaints.push(m.text()) })
  await page.goto(`http://127.0.0.1:${port}/`)

  const text = (id) => page.textContent(`#${id}`)
  const number = async (id) => Number((await text(id)).replaceAll(',', ''))
  async function until(what, cond, ms = 90_000) {
    for (const end = Date.now() + ms; !(await cond());) {
      assert.ok(Date.now() < end, `${what}: ${await text('connection')}, ${await text('delivered')} delivered, ${await text('covered')} covered`)
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
      if (shots) await page.screenshot({ path: join(shots, `board-${scheme}-${width}.png`), fullPage: true })
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 })

  // By keyboard: slow down, see values conflated, and recover.
  await page.focus('#slow')
  await page.keyboard.press('Space')
  assert.equal(await page.getAttribute('#slow', 'aria-pressed'), 'true')
  await page.waitForTimeout(15_000)
  if (shots) await page.screenshot({ path: join(shots, 'board-slow.png') })
  await page.keyboard.press('Space')
  await until('values that stand for others', async () => (await number('covered')) > 0)
  const recovered = await number('delivered')
  await until('it reads on', async () => (await number('delivered')) > recovered + 1000)
  assert.equal(await number('violations'), 0)

  // The server dies and comes back: its count begins anew, and the page says so.
  server.removeAllListeners('exit')
  server.kill('SIGKILL')
  await until('reconnecting', async () => (await text('connection')).startsWith('reconnecting'))
  if (shots) await page.screenshot({ path: join(shots, 'board-reconnecting.png') })
  server = await serve()
  await until('open again', async () => (await text('connection')) === 'open')
  const [, anew] = (await text('resumes')).split(', ').map(Number)
  const after = await number('delivered')
  await until('messages again', async () => (await number('delivered')) > after + 500)
  await until('every channel began anew', async () => Number((await text('resumes')).split(', ')[1]) >= 10)
  assert.equal(await number('violations'), 0)

  // A connection that is lost while the server lives is resumed, with nothing missing.
  await browser.setOffline(true)
  await browser.setOffline(false)
  assert.deepEqual(complaints, [])
  console.log('board ok')
} finally {
  await browser.close()
  server.removeAllListeners('exit')
  server.kill('SIGKILL')
  rmSync(profile, { recursive: true, force: true })
}

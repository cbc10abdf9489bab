// Looks at a report in a browser: no sideways scrolling of the page at desktop and telephone width, no text of a chart under 12 px
// or outside its picture, no two labels of a chart on top of each other. Leaves pictures in light and dark. Run by hand:
//   (cd ../../../cmd/weir/clients && npm ci)
//   node look.mjs REPORT.html PICTURES-DIRECTORY
// It wants playwright-core from cmd/weir/clients and a Chromium (CHROMIUM, or /usr/bin/chromium).
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const require = createRequire(new URL('../../../cmd/weir/clients/package.json', import.meta.url))
const { chromium } = require('playwright-core')
const [file, out] = process.argv.slice(2)
if (!file || !out) throw new Error('node look.mjs REPORT.html PICTURES-DIRECTORY')
mkdirSync(out, { recursive: true })

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
})
let bad = 0
for (const [width, scale] of [[1280, 1], [390, 2], [360, 2]]) {
  for (const colorScheme of ['light', 'dark']) {
    const page = await browser.newPage({ viewport: { width, height: 900 }, deviceScaleFactor: scale, colorScheme, javaScriptEnabled: true })
    await page.goto('file://' + resolve(file))
    await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = true }))
    const faults = await page.evaluate(check)
    for (const f of new Set(faults)) console.log(`${width} ${colorScheme}: ${f}`)
    bad += faults.length
    await page.evaluate(() => document.querySelectorAll('details').forEach(d => { d.open = false }))
    const height = await page.evaluate(() => document.documentElement.scrollHeight)
    for (let y = 0, n = 0; y < height; y += 2400, n++) {
      await page.screenshot({ path: join(out, `${width}-${colorScheme}-${n}.png`), clip: { x: 0, y, width, height: Math.min(2400, height - y) }, fullPage: true })
    }
    await page.close()
  }
}
await browser.close()
console.log(bad === 0 ? 'nothing amiss' : `${bad} faults`)
process.exitCode = bad === 0 ? 0 : 1

function check() {
  const faults = []
  const doc = document.documentElement
  if (doc.scrollWidth > doc.clientWidth) {
    const wide = [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll,pre') && e.getBoundingClientRect().right > doc.clientWidth + 1)
    faults.push(`the page scrolls sideways, ${doc.scrollWidth} > ${doc.clientWidth}: ${wide.slice(0, 3).map(e => e.tagName + '.' + e.getAttribute('class'))}`)
  }
  for (const svg of document.querySelectorAll('svg.chart')) {
    const box = svg.getBoundingClientRect()
    const title = svg.querySelector('title').textContent.slice(0, 60)
    const factor = box.width / svg.viewBox.baseVal.width
    const texts = [...svg.querySelectorAll('text')].map(t => ({ s: t.textContent, r: t.getBoundingClientRect(), px: parseFloat(getComputedStyle(t).fontSize) * factor }))
    for (const t of texts) {
      // A telephone narrower than 390 px shows charts a little smaller.
      if (t.px < (window.innerWidth < 390 ? 11 : 12)) faults.push(`${title}: "${t.s}" is ${t.px.toFixed(1)} px`)
      if (t.r.left < box.left - 1 || t.r.right > box.right + 1 || t.r.top < box.top - 1 || t.r.bottom > box.bottom + 1) faults.push(`${title}: "${t.s}" is cut off`)
    }
    for (let i = 0; i < texts.length; i++) {
      for (let j = i + 1; j < texts.length; j++) {
        const a = texts[i].r, b = texts[j].r
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4) {
          faults.push(`${title}: "${texts[i].s}" and "${texts[j].s}" overlap`)
        }
      }
    }
  }
  return faults
}

// The page: shows what worker.js reports.
import { Charts } from './charts.js'
import { Rows } from './rows.js'

const $ = (id) => document.getElementById(id)
const worker = new Worker('worker.js', { type: 'module' })
const charts = new Charts($('rate-chart'), $('latency-chart'))
const rows = new Rows($('board'), $('empty'))
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
// Isolation, which the server's headers ask for, lets the page share memory with the worker.
const control = globalThis.SharedArrayBuffer ? new Int32Array(new SharedArrayBuffer(4)) : undefined
if (control) worker.postMessage({ kind: 'control', control })
let status = { state: 'connecting', attempt: 0 }

function begin(token) {
  const url = new URL('feed', location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  url.search = ''
  worker.postMessage({ kind: 'begin', url: url.href, token: token || undefined })
}

function size(bytes) {
  if (bytes < 1024) return `${whole.format(bytes)} B`
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

const ms = (v) => v === undefined ? '–' : `${v < 10 ? v.toFixed(2) : whole.format(v)} ms`

function showStatus() {
  const { state, attempt, retryAt, code, reason } = status
  let text = state
  if (state === 'reconnecting') {
    const left = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))
    text = `reconnecting${left > 0 ? ` in ${left} s` : ''}, attempt ${attempt}${code ? `, closed with ${code}` : ''}${reason ? ` (${reason})` : ''}`
  } else if (state === 'closed') text = `closed${code ? ` with ${code}` : ''}${reason ? ` (${reason})` : ''}`
  const el = $('connection')
  el.dataset.state = state
  if (el.textContent !== text) el.textContent = text // told to screen readers when it changes only
}

function show(m) {
  status = m.status
  $('rate').textContent = whole.format(m.rate)
  $('bytes').textContent = size(m.bytes)
  $('latency').textContent = m.latency.median === undefined ? 'not known' : `${ms(m.latency.median)}, ${ms(m.latency.p99)}`
  $('channels').textContent = whole.format(m.channels)
  for (const k of ['delivered', 'covered', 'dropped']) $(k).textContent = whole.format(m.total[k])
  $('violations').textContent = whole.format(m.violations)
  $('violations').toggleAttribute('data-bad', m.violations > 0)
  $('resumes').textContent = `${whole.format(m.total.recoveries)}, ${whole.format(m.total.restarts)}`
  rows.show(m.symbols)
  charts.show(m)
}

worker.onmessage = ({ data: m }) => {
  if (m.kind === 'report') show(m)
  else if (m.kind === 'status') status = m.status
  else console.warn(m.kind, m.text)
  showStatus()
}
setInterval(showStatus, 500)

const pace = () => Number($('pace').value)
function slow(on) {
  $('slow').setAttribute('aria-pressed', String(on))
  $('slow').textContent = on ? 'Read at full speed' : 'Slow me down'
  if (!control) {
    worker.postMessage({ kind: 'pace', pace: on ? pace() : 0 })
    return
  }
  Atomics.store(control, 0, on ? pace() : 0)
  Atomics.notify(control, 0)
}
const slowed = () => $('slow').getAttribute('aria-pressed') === 'true'
$('slow').addEventListener('click', () => slow(!slowed()))
$('pace').addEventListener('change', () => { if (slowed()) slow(true) })
$('hz').addEventListener('change', () => worker.postMessage({ kind: 'hz', hz: Number($('hz').value) }))
$('token-form').addEventListener('submit', (e) => {
  e.preventDefault()
  begin($('token').value)
  $('token').value = ''
})

begin(new URLSearchParams(location.hash.slice(1)).get('token'))

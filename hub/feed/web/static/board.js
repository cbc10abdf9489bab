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
let back = { recovered: 0, anew: 0 }
let reads = true
let sleeper

// #token=TOKEN is for links; it stays in the browser. #plain is to see what browsers without WebSocketStream do.
const asked = new URLSearchParams(location.hash.slice(1))

function begin(token) {
  const url = new URL('feed', location.href)
  url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
  url.hash = ''
  url.search = ''
  worker.postMessage({ kind: 'begin', url: url.href, token: token || undefined, plain: asked.has('plain') })
}

function size(bytes) {
  if (bytes < 1024) return `${whole.format(bytes)} B`
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`
}

const ms = (v) => v === undefined ? '–' : `${v < 10 ? v.toFixed(2) : whole.format(v)}\u00a0ms`

const channels = (n) => `${whole.format(n)} ${n === 1 ? 'channel' : 'channels'}`

// What has happened and what comes next, in one line. Screen readers are told when the words change, so no seconds are counted in it.
function connection() {
  const { state, attempt, code, reason } = status
  const why = `${code ? ` with ${code}` : ''}${reason ? ` (${reason})` : ''}`
  switch (state) {
    case 'connecting': return attempt > 0 ? `reconnecting, attempt ${attempt}` : 'connecting'
    case 'reconnecting': return `reconnecting: closed${why}, attempt ${attempt}`
    case 'closed': return `closed${why}`
  }
  const parts = []
  if (!reads) parts.push('reading is stopped')
  if (back.recovered > 0) parts.push(`${channels(back.recovered)} resumed, nothing missing`)
  if (back.anew > 0) parts.push(`${channels(back.anew)} began anew`)
  return ['open', ...parts].join('; ')
}

function showStatus() {
  const el = $('connection'), text = connection()
  el.dataset.state = status.state
  if (el.textContent !== text) el.textContent = text
  const left = status.state === 'reconnecting' ? Math.max(0, Math.ceil((status.retryAt - Date.now()) / 1000)) : 0
  $('left').textContent = left > 0 ? ` in ${left} s` : ''
}

function show(m) {
  reads = m.slow !== 'stopped'
  back = m.back
  status = m.status
  $('rate').textContent = whole.format(m.rate)
  $('bytes').textContent = size(m.bytes)
  $('latency').textContent = m.latency.median === undefined ? 'not known' : `${ms(m.latency.median)}, ${ms(m.latency.p99)}`
  $('channels').textContent = whole.format(m.total.channels)
  for (const k of ['messages', 'covered', 'dropped', 'missed']) $(k).textContent = whole.format(m.total[k])
  $('violations').textContent = whole.format(m.violations)
  $('violations').toggleAttribute('data-bad', m.violations > 0)
  $('resumes').textContent = `${whole.format(m.total.recoveries)}, ${whole.format(m.total.restarts)}`
  rows.show(m.symbols)
  charts.show(m)
}

worker.onmessage = ({ data: m }) => {
  if (m.kind === 'report') show(m)
  else if (m.kind === 'status') ({ status, back } = m)
  else if (m.kind === 'sleeper') sleeper = m.sleeper
  else console.warn(m.kind, m.text)
  showStatus()
}
setInterval(showStatus, 500)

const slowed = () => $('slow').getAttribute('aria-pressed') === 'true'
function slow(on) {
  $('slow').setAttribute('aria-pressed', String(on))
  worker.postMessage({ kind: 'slow', seconds: on ? Number($('stop').value) : 0 })
  if (sleeper) Atomics.notify(sleeper, 0)
}
$('slow').addEventListener('click', () => slow(!slowed()))
$('stop').addEventListener('change', () => { if (slowed()) slow(true) })
$('hz').addEventListener('change', () => worker.postMessage({ kind: 'hz', hz: Number($('hz').value) }))
$('token-form').addEventListener('submit', (e) => {
  e.preventDefault()
  begin($('token').value)
  $('token').value = ''
})

begin(asked.get('token'))

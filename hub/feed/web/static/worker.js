// The feed is read here, apart from the page, so that slowing the reader down does not slow the page down. What the page shows is sent to it
// four times a second.
import { Weir } from './weir.js'
import { Latencies } from './latencies.js'

const PERIOD = 250
const POINTS = 120 // of a sparkline
const EVERY = 1000 // ms between two of them

let weir, tickers
let control = new Int32Array(1) // [messages a second that we read; 0: as they come], shared with the page where the browser lets us
let violations = 0
let messages = 0, before = { at: performance.now(), messages: 0, bytes: 0 }
const latencies = new Latencies()
const symbols = new Map()

// slowDown keeps this thread from reading. The browser then stops reading the socket when its own buffers are full, TCP's fill behind
// them, and the server sees a slow consumer: nothing of this is played. The pace is in shared memory, because a message about it would stand
// behind all that waits to be read; where there is none, it does.
function slowDown() {
  const pace = Atomics.load(control, 0)
  if (pace === 0) return
  report()
  if (globalThis.SharedArrayBuffer) Atomics.wait(control, 0, pace, 1000 / pace)
  else for (const end = performance.now() + 1000 / pace; performance.now() < end;);
}

function symbol(channel) {
  const name = channel.slice(0, channel.indexOf('@'))
  let s = symbols.get(name)
  if (!s) symbols.set(name, s = { last: undefined, direction: 0, bid: undefined, ask: undefined, line: [], drawn: 0 })
  return s
}

function heard(m) {
  messages++
  if (m.type === 'message') latencies.add(m)
  const s = symbol(m.channel), d = m.data
  if (m.channel.endsWith('@trade')) {
    const p = Number(d.p)
    if (s.last !== undefined && p !== s.last) s.direction = Math.sign(p - s.last)
    s.last = p
    s.price = d.p
    const now = performance.now()
    if (now - s.drawn >= EVERY) {
      s.drawn = now
      s.line.push(p)
      if (s.line.length > POINTS) s.line.shift()
    }
  } else {
    s.bid = d.b
    s.ask = d.a
  }
  slowDown()
}

let reported = 0
function report() {
  const at = performance.now()
  if (at - reported < PERIOD) return
  reported = at
  const total = { delivered: 0, covered: 0, dropped: 0, recoveries: 0, restarts: 0, gaps: 0 }
  for (const { account: a } of weir.channels.values()) {
    total.delivered += a.messages
    total.covered += a.covered
    total.dropped += a.dropped
    total.recoveries += a.recoveries
    total.restarts += a.restarts
    total.gaps += a.gaps
  }
  const seconds = (at - before.at) / 1000
  postMessage({
    kind: 'report', status: weir.status, total, violations, channels: weir.channels.size,
    rate: (messages - before.messages) / seconds, bytes: (weir.bytes - before.bytes) / seconds, latency: latencies.look(at),
    symbols: [...symbols].map(([name, s]) => ({ name, price: s.price, direction: s.direction, bid: s.bid, ask: s.ask, line: s.line })),
  })
  before = { at, messages, bytes: weir.bytes }
}

function begin({ url, token }) {
  weir?.close()
  weir = new Weir(url, { times: true, token })
  for (const kind of ['status', 'error', 'violation']) {
    weir.addEventListener(kind, (e) => {
      if (kind === 'violation') violations++
      postMessage({ kind, ...(kind === 'status' ? { status: e.detail } : { text: e.detail.message }) })
    })
  }
  const on = { onMessage: heard, onSnapshot: heard }
  weir.subscribe('*@trade', on)
  tickers = weir.subscribe('*@bookTicker', on)
}

onmessage = ({ data: m }) => {
  if (m.kind === 'begin') begin(m)
  else if (m.kind === 'control') control = m.control
  else if (m.kind === 'pace') control[0] = m.pace
  else if (m.kind === 'hz') tickers.configure(m.hz)
}
setInterval(() => { if (weir) report() }, PERIOD)

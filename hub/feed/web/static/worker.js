// The feed is read here, apart from the page, so that slowing the reader down does not slow the page down. What the page shows is sent to it
// four times a second.
import { StreamSocket, Weir } from './weir.js'
import { Latencies } from './latencies.js'
import { Slow, sleeper } from './slow.js'
import { Symbols } from './symbols.js'

const PERIOD = 250 // ms

let weir, tickers, slow
let before = { at: performance.now(), messages: 0, received: 0 }
const back = new Map() // whether a channel was recovered, since the connection was lost
let away = false // whether it has been lost at all
const latencies = new Latencies()
const symbols = new Symbols()

function told() {
  const recovered = [...back.values()].filter(Boolean).length
  return { recovered, anew: back.size - recovered }
}

function report() {
  if (!weir) return
  const at = performance.now(), seconds = (at - before.at) / 1000, total = weir.totals
  postMessage({
    kind: 'report', status: weir.status, total, violations: weir.violations, slow: slow.state, back: told(),
    rate: (total.messages - before.messages) / seconds, bytes: (weir.received - before.received) / seconds,
    latency: latencies.look(at), symbols: symbols.look(),
  })
  before = { at, messages: total.messages, received: weir.received }
}

function begin({ url, token, plain }) {
  weir?.close()
  slow?.stop()
  before = { at: performance.now(), messages: 0, received: 0 }
  weir = new Weir(url, { times: true, token, WebSocket: StreamSocket.available && !plain ? StreamSocket : undefined })
  slow = new Slow(weir, report)
  weir.addEventListener('status', ({ detail: status }) => {
    if (status.state === 'reconnecting') {
      back.clear()
      away = true
    }
    postMessage({ kind: 'status', status, back: told() })
  })
  for (const kind of ['error', 'violation']) weir.addEventListener(kind, (e) => postMessage({ kind, text: e.detail.message }))
  const on = {
    onMessage: (m) => {
      latencies.add(m)
      symbols.take(m)
    },
    onSnapshot: (m) => symbols.take(m),
    onSubscribed: (m) => {
      if (away) back.set(m.channel, m.recovered === true)
    },
  }
  weir.subscribe('*@trade', on)
  tickers = weir.subscribe('*@bookTicker', on)
}

onmessage = ({ data: m }) => {
  if (m.kind === 'begin') begin(m)
  else if (m.kind === 'slow') slow.set(m.seconds)
  else if (m.kind === 'hz') tickers.configure(m.hz)
}
postMessage({ kind: 'sleeper', sleeper })
setInterval(report, PERIOD)

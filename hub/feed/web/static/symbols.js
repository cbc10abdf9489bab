// What is known of each symbol, from its trades and its best bid and ask.

const POINTS = 120 // of a sparkline
const EVERY = 1000 // ms between two of them

export class Symbols {
  #all = new Map()

  take(m) {
    const at = m.channel.lastIndexOf('@'), name = m.channel.slice(0, at), d = m.data ?? {}
    const trade = m.channel.slice(at) === '@trade'
    const [first, second] = trade ? [price(d.p), ''] : [price(d.b), price(d.a)]
    if (first === undefined || second === undefined) return
    let s = this.#all.get(name)
    if (!s) this.#all.set(name, s = { last: undefined, price: undefined, direction: 0, bid: undefined, ask: undefined, line: [], drawn: 0 })
    if (!trade) {
      s.bid = first
      s.ask = second
      return
    }
    const p = Number(first)
    if (s.last !== undefined && p !== s.last) s.direction = Math.sign(p - s.last)
    s.last = p
    s.price = first
    const now = performance.now()
    if (now - s.drawn < EVERY) return
    s.drawn = now
    s.line.push(p)
    if (s.line.length > POINTS) s.line.shift()
  }

  look() {
    return Array.from(this.#all, ([name, { price, direction, bid, ask, line }]) => ({ name, price, direction, bid, ask, line }))
  }
}

// price returns the text of one. Anybody's data may stand under these names: the exchange's prices are strings, others' are numbers, and what is
// neither is passed over.
function price(v) {
  const text = typeof v === 'number' ? String(v) : typeof v === 'string' ? v.trim() : ''
  return text !== '' && Number.isFinite(Number(text)) ? text : undefined
}

// What is known of each symbol, from its trades and its best bid and ask.

const POINTS = 120 // of a sparkline
const EVERY = 1000 // ms between two of them

export class Symbols {
  #all = new Map()

  take(m) {
    const at = m.channel.lastIndexOf('@'), name = m.channel.slice(0, at), d = m.data
    let s = this.#all.get(name)
    if (!s) this.#all.set(name, s = { last: undefined, price: undefined, direction: 0, bid: undefined, ask: undefined, line: [], drawn: 0 })
    if (m.channel.slice(at) !== '@trade') {
      s.bid = d.b
      s.ask = d.a
      return
    }
    const p = Number(d.p)
    if (s.last !== undefined && p !== s.last) s.direction = Math.sign(p - s.last)
    s.last = p
    s.price = d.p
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

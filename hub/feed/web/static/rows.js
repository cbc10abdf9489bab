// The table of symbols.

const SVG = 'http://www.w3.org/2000/svg'

export class Rows {
  #rows = new Map()
  constructor(body, empty) {
    this.body = body
    this.empty = empty
  }

  show(symbols) {
    this.empty.hidden = symbols.length > 0
    for (const s of symbols) {
      let r = this.#rows.get(s.name)
      if (!r) this.#rows.set(s.name, r = this.#add(s.name))
      const arrow = s.direction > 0 ? '▲ ' : s.direction < 0 ? '▼ ' : ''
      r.last.className = s.direction > 0 ? 'up' : s.direction < 0 ? 'down' : ''
      // As many decimals as the symbol has had, so that its prices stand below each other.
      for (const p of [s.price, s.bid, s.ask]) if (p !== undefined) r.decimals = Math.max(r.decimals, decimals(p))
      set(r.last, s.price === undefined ? '–' : arrow + pad(s.price, r.decimals))
      set(r.bid, s.bid === undefined ? '–' : pad(s.bid, r.decimals))
      set(r.ask, s.ask === undefined ? '–' : pad(s.ask, r.decimals))
      set(r.spread, s.bid === undefined ? '–' : (Number(s.ask) - Number(s.bid)).toFixed(r.decimals))
      draw(r.line, s.line)
    }
  }

  // Rows are in the order of their names, so that none jumps about.
  #add(name) {
    const tr = document.createElement('tr')
    const th = document.createElement('th')
    th.scope = 'row'
    th.textContent = name.toUpperCase()
    tr.append(th)
    const r = { decimals: 0 }
    for (const k of ['last', 'bid', 'ask', 'spread']) tr.append(r[k] = document.createElement('td'))
    const td = document.createElement('td')
    const svg = document.createElementNS(SVG, 'svg')
    svg.setAttribute('viewBox', '0 0 100 20')
    svg.setAttribute('preserveAspectRatio', 'none')
    svg.setAttribute('aria-hidden', 'true')
    r.line = document.createElementNS(SVG, 'polyline')
    svg.append(r.line)
    td.append(svg)
    tr.append(td)
    tr.dataset.symbol = name
    const next = [...this.body.children].find((x) => x.dataset.symbol > name)
    this.body.insertBefore(tr, next ?? null)
    return r
  }
}

function set(el, text) { if (el.textContent !== text) el.textContent = text }

// trim leaves out zeros behind the second decimal: prices come with eight.
function trim(p) { return p.replace(/(\.\d\d\d*?)0+$/, '$1') }

const decimals = (p) => Math.min(20, trim(p).split('.')[1]?.length ?? 0)

// pad writes a price with so many decimals; digits that it has are never changed.
function pad(p, n) {
  const [whole, part = ''] = trim(p).split('.')
  return n > 0 && !/e/i.test(p) ? `${whole}.${part.padEnd(n, '0')}` : trim(p)
}

function draw(line, points) {
  if (points.length < 2) return
  const low = Math.min(...points), high = Math.max(...points), range = high - low || 1
  line.setAttribute('points', points.map((p, i) => `${(i / (points.length - 1)) * 100},${19 - ((p - low) / range) * 18}`).join(' '))
}

// Latencies of the last ten seconds, from the server's time of receiving a message (or its publisher's, where there is none) to here. Both
// clocks must be right: on one machine they are the same.
//
// They are counted, not kept: what measures must not itself be what messages wait for, however many come.

const SLICE = 250 // ms of one histogram
const SLICES = 40 // ten seconds
const STEPS = 16 // to a doubling, so that a quantile is right to some 2 %
const LOW = -10, HIGH = 22 // the doublings, from 1 us to more than an hour
const STEPPED = 20 // ms by which a clock that was set must have moved to be noticed
/** Upper ends of the histogram's bars, in ms: powers of two, where steps end too. */
export const EDGES = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384]

export class Latencies {
  #slices = Array.from({ length: SLICES }, () => ({ turn: -1, counts: new Uint32Array((HIGH - LOW) * STEPS) }))
  #shift = 0 // of the clock against what the page began with: machines sleep, and clocks are set

  add(m, now = performance.now()) {
    const ms = performance.timeOrigin + now + this.#shift - (m.recv || m.ts) / 1e6
    if (!(ms < 3_600_000)) return // a replay's own times are those of the recording: years are no latency
    const turn = Math.floor(now / SLICE), slice = this.#slices[turn % SLICES]
    if (slice.turn !== turn) {
      slice.turn = turn
      slice.counts.fill(0)
    }
    const at = ms > 0 ? Math.ceil(Math.log2(ms) * STEPS) - 1 - LOW * STEPS : 0
    slice.counts[Math.max(0, at)]++
  }

  look(now, wall = Date.now()) {
    const shift = wall - performance.timeOrigin - now
    if (Math.abs(shift - this.#shift) > STEPPED) this.#shift = shift
    const all = new Uint32Array((HIGH - LOW) * STEPS)
    const oldest = Math.floor(now / SLICE) - SLICES
    let n = 0
    for (const { turn, counts } of this.#slices) if (turn > oldest) for (let i = 0; i < all.length; i++) all[i] += counts[i], n += counts[i]
    const bars = EDGES.map(() => 0)
    for (let i = 0, edge = 0; i < all.length; i++) {
      while (edge < EDGES.length - 1 && i + 1 + LOW * STEPS > Math.log2(EDGES[edge]) * STEPS) edge++
      bars[edge] += all[i]
    }
    const at = (q) => {
      if (n === 0) return undefined
      let rank = Math.min(n - 1, Math.floor(n * q))
      for (let i = 0; i < all.length; i++) if ((rank -= all[i]) < 0) return 2 ** ((i + 0.5) / STEPS + LOW)
    }
    return { bars, median: at(0.5), p99: at(0.99) }
  }
}

// Latencies of the last ten seconds, from the server's time of receiving a message (or its publisher's, where there is none) to here. Both
// clocks must be right: on one machine they are the same.

const KEPT = 10_000 // ms
/** Upper ends of the histogram's bars, in ms. */
export const EDGES = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384]

export class Latencies {
  #seen = [] // [when, latency], in order
  add(m) {
    const now = performance.now()
    const ms = performance.timeOrigin + now - (m.recv || m.ts) / 1e6
    // A replay's own times are those of the recording: years are no latency.
    if (ms < 3_600_000) this.#seen.push([now, Math.max(0, ms)])
  }

  look(now) {
    let old = 0
    while (old < this.#seen.length && this.#seen[old][0] < now - KEPT) old++
    this.#seen.splice(0, old)
    const bars = EDGES.map(() => 0)
    const all = this.#seen.map(([, ms]) => ms).sort((a, b) => a - b)
    let edge = 0
    for (const ms of all) {
      while (edge < EDGES.length - 1 && ms > EDGES[edge]) edge++
      bars[edge]++
    }
    const at = (q) => all[Math.min(all.length - 1, Math.floor(all.length * q))]
    return { bars, median: at(0.5), p99: at(0.99) }
  }
}

// The two charts, drawn by uPlot.
import uPlot from './vendor/uPlot.esm.js'
import { EDGES } from './latencies.js'

const SECONDS = 120
const HEIGHT = 220

const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
const axis = (more) => ({ stroke: () => color('--quiet'), grid: { stroke: () => color('--line') }, ticks: { stroke: () => color('--line') }, ...more })

export class Charts {
  #times = []
  #rates = []
  constructor(rate, latency) {
    this.rate = new uPlot({
      width: rate.clientWidth, height: HEIGHT, cursor: { show: false }, legend: { show: false },
      scales: { y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
      axes: [axis({ size: 32 }), axis({ size: 56 })],
      series: [{}, { stroke: () => color('--accent'), width: 2, fill: () => color('--accent') + '22', points: { show: false } }],
    }, [[], []], rate)
    this.latency = new uPlot({
      width: latency.clientWidth, height: HEIGHT, cursor: { show: false }, legend: { show: false },
      scales: { x: { time: false, range: [-0.6, EDGES.length - 0.4] }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
      axes: [
        axis({ size: 32, splits: () => EDGES.map((_, i) => i).filter((i) => i % (latency.clientWidth < 420 ? 4 : 2) === 1), values: (_, at) => at.map((i) => `≤${EDGES[i]}`) }),
        axis({ size: 56 }),
      ],
      series: [{}, {
        stroke: () => color('--accent'), fill: () => color('--accent'), paths: uPlot.paths.bars({ size: [0.8] }), points: { show: false },
      }],
    }, [EDGES.map((_, i) => i), EDGES.map(() => 0)], latency)
    const watch = new ResizeObserver(() => {
      this.rate.setSize({ width: rate.clientWidth, height: HEIGHT })
      this.latency.setSize({ width: latency.clientWidth, height: HEIGHT })
    })
    watch.observe(rate)
    watch.observe(latency)
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => { this.rate.redraw(); this.latency.redraw() })
  }

  show({ rate, latency }) {
    const now = Date.now() / 1000
    this.#times.push(now)
    this.#rates.push(rate)
    while (this.#times[0] < now - SECONDS) {
      this.#times.shift()
      this.#rates.shift()
    }
    this.rate.setData([this.#times, this.#rates])
    this.latency.setData([EDGES.map((_, i) => i), latency.bars])
    this.latency.root.parentElement.setAttribute('aria-label', latency.median === undefined
      ? 'latency: not known' : `latency: median ${latency.median.toFixed(1)} ms, 99th percentile ${latency.p99.toFixed(1)} ms`)
    this.rate.root.parentElement.setAttribute('aria-label', `messages a second over the last two minutes: now ${Math.round(rate)}`)
  }
}

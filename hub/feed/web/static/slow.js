// A reader that stops for some seconds at a time, and reads as fast as it can in between. Nothing of this is played: while it does not read, the
// browser's and TCP's buffers fill, and the server meets a slow consumer.
//
// WebSocketStream can be left unread; a browser's WebSocket cannot. There this thread sleeps: a worker that takes no messages keeps its browser
// from reading on, once some hundred KiB wait for it. Measured in Chromium, where both work; other browsers may keep more, or all.

const READ = 5000 // ms between two stops: time to catch up, or lossless channels would end it
/** What the page can wake this thread with, where its browser shares memory. */
export const sleeper = globalThis.crossOriginIsolated ? new Int32Array(new SharedArrayBuffer(4)) : undefined

function sleep(ms) {
  if (sleeper) Atomics.wait(sleeper, 0, 0, ms)
  else for (const end = performance.now() + ms; performance.now() < end;);
}

export class Slow {
  state = 'reads' // or 'stopped'
  #weir
  #report
  #seconds = 0
  #timer
  constructor(weir, report) {
    this.#weir = weir
    this.#report = report
  }

  /** Stops for so many seconds at a time; 0: never. */
  set(seconds) {
    this.stop()
    this.#seconds = seconds
    if (seconds > 0) this.#halt()
  }

  stop() {
    clearTimeout(this.#timer)
    this.state = 'reads'
    this.#weir.resume()
  }

  #halt() {
    this.state = 'stopped'
    this.#report()
    if (this.#weir.pause()) {
      this.#timer = setTimeout(() => this.#read(), this.#seconds * 1000)
    } else {
      sleep(this.#seconds * 1000)
      this.#read()
    }
  }

  #read() {
    this.stop()
    this.#timer = setTimeout(() => this.#halt(), READ)
  }
}

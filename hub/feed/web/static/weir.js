// weir.js: a client of Weir's feed (docs/protocol.md) for browsers and Node. It has no dependencies and is one file, so that it can be copied.
//
//   import { Weir } from './weir.js'
//   const weir = new Weir('wss://example.com/feed')
//   weir.subscribe('btcusdt@trade', { onMessage: (m) => console.log(m.seq, m.data) })
//
// It comes back by itself, resumes every subscription where it was, and verifies that every sequence number is accounted for.
// weir.d.ts has the types, and what each option is for.

const EXPIRED = 3000 // the close code that says that the token is of no use any more
const IN_FLIGHT = 128 // answers that are waited for at a time: a server closes clients that ask for more than they read
const LONGEST_HINT = 300_000 // ms that a server is obeyed

/** A fault in the count, an error answer, or a request that has no answer. */
export class WeirError extends Error {
  /** @param {string} code @param {string} message @param {string} [channel] */
  constructor(code, message, channel) {
    super(channel ? `${channel}: ${message}` : message)
    this.name = 'WeirError'
    this.code = code
    this.channel = channel
  }
}

/**
 * The account of one channel: every number since the subscription was delivered, was covered by a later one, or was declared
 * dropped. It knows nothing of connections, so that others can use it with messages of their own.
 */
export class Account {
  constructor() {
    /** @type {string | undefined} */ this.epoch = undefined
    /** @type {boolean | undefined} */ this.recovered = undefined // the last answer to a resume
    this.snapshots = 0 // how many made up the state at the beginning
    this.last = 0 // up to this number everything is accounted for
    this.messages = 0 // delivered
    this.covered = 0 // numbers that a later message stood for
    this.dropped = 0 // numbers that were declared dropped
    this.gaps = 0 // messages whose source said that it had lost something
    this.recoveries = 0 // absences after which nothing was missing
    this.restarts = 0 // absences after which it began anew
    this.missed = 0 // numbers that such an absence is known to have cost: those within one epoch
  }

  /** Begins at a "subscribed". @param {{epoch: string, seq: number, recovered?: boolean, snapshot?: number}} m */
  begin(m) {
    const same = m.epoch === this.epoch
    if (m.recovered) this.recoveries++
    else if (this.epoch !== undefined && !(same && m.seq === this.last)) {
      this.restarts++
      if (same) this.missed += Math.max(0, m.seq - this.last)
    }
    this.recovered = m.recovered
    this.snapshots = m.snapshot ?? 0
    this.epoch = m.epoch
    this.last = m.seq
  }

  /**
   * Takes in a "message", a "dropped" or a "heartbeat". Returns what is wrong with it, or undefined; what is wrong changes nothing.
   * @param {{type: string, seq: number, from?: number, dropped?: number, gap?: boolean, epoch?: string}} m
   * @returns {string | undefined}
   */
  take(m) {
    if (m.type === 'heartbeat') {
      return m.seq > this.last ? `the channel is at ${m.seq}, and ${this.last} is accounted for` : undefined
    }
    if (m.epoch !== undefined && m.epoch !== this.epoch) {
      this.epoch = m.epoch
      this.restarts++
    } else {
      const begins = m.from ?? m.seq - (m.dropped ?? 0)
      if (begins !== this.last + 1 || m.seq < begins) {
        return `a message accounts for ${begins} to ${m.seq}, and ${this.last} is accounted for`
      }
      if (m.type === 'dropped') this.dropped += m.seq - begins + 1
      else {
        this.covered += m.from === undefined ? 0 : m.seq - begins
        this.dropped += m.dropped ?? 0
      }
    }
    if (m.type === 'message') this.messages++
    if (m.gap) this.gaps++
    this.last = m.seq
    return undefined
  }
}

/** @type {('messages' | 'covered' | 'dropped' | 'gaps' | 'recoveries' | 'restarts' | 'missed')[]} */
const COUNTS = ['messages', 'covered', 'dropped', 'gaps', 'recoveries', 'restarts', 'missed']

/** A message or a snapshot. Times in ns are rounded to 256 ns, which is what a number holds; exact() has them as a BigInt. */
export class Message {
  /** @type {string} */ #text
  /** @param {object} fields @param {string} text that they were parsed from */
  constructor(fields, text) {
    Object.assign(this, fields)
    this.#text = text
  }

  /** @param {'ts' | 'recv' | 'sent'} name @returns {bigint | undefined} */
  exact(name) {
    if (typeof this[name] !== 'number') return undefined
    // The times stand in front of whatever a publisher has written, so the first one of the name is it.
    const m = new RegExp(`"${name}":(-?\\d+)`).exec(this.#text)
    return m ? BigInt(m[1]) : undefined
  }
}

/** One subscription, to a channel or to a pattern. Made by Weir.subscribe. */
export class Subscription {
  /** @type {Weir} */ #weir
  /** @param {Weir} weir @param {string} name @param {any} options */
  constructor(weir, name, options) {
    this.#weir = weir
    this.name = name
    this.pattern = name.includes('*')
    this.options = options
    /** @type {number} */ this.maxHz = options.maxHz ?? 0
    /** @type {'pending' | 'live' | 'refused' | 'ended'} */ this.state = 'pending'
    /** @type {WeirError | undefined} */ this.error = undefined
  }

  /** The accounts, by channel: one, or those of a pattern's channels. @returns {Map<string, Account>} */
  get accounts() {
    const all = new Map()
    for (const [name, c] of this.#weir._channels) if (matches(this.name, name)) all.set(name, c.account)
    return all
  }

  /** Changes the highest rate, of all channels if it is a pattern; 0 is as much as they offer. @param {number} maxHz */
  configure(maxHz) {
    this.maxHz = maxHz
    this.#weir._configure(this)
  }

  unsubscribe() { this.#weir._unsubscribe(this) }

  /** @param {Subscription['state']} state @param {WeirError} [error] */
  _set(state, error) {
    if (this.state === state) return
    this.state = state
    this.error = error
    call(this.options.onState, state, this)
  }
}

/** One channel that something is subscribed to. Its account outlives connections. */
class Channel {
  /** @param {string} name */
  constructor(name) {
    this.name = name
    this.account = new Account()
    this.live = false // whether what comes is part of the account: not between a request and its answer, nor without a connection
    this.conflates = false
    this.maxHz = 0 // in force
    /** @type {Subscription[]} */ this.readers = []
    this.faults = 0
    this.faultAt = 0
    /** @type {any} */ this.retry = undefined
  }

  get since() { return this.account.epoch === undefined ? undefined : { epoch: this.account.epoch, seq: this.account.last } }
}

/**
 * A connection to a feed that comes back by itself. Events: "status", and with a WeirError as detail "violation" (a count that does not
 * add up; the channel is subscribed to anew at once) and "error" (an answer that nobody waits for).
 */
export class Weir extends EventTarget {
  /** @type {Map<number, {left: number, answer: (err: WeirError | undefined, m: any) => void, counted: boolean}>} */ #asked = new Map()
  /** @type {{m: object, answers: number, answer: (err: WeirError | undefined, m: any) => void}[]} */ #queue = []
  #inFlight = 0
  #ids = 0
  #attempt = 0
  #paused = false
  /** @type {any} */ #ws = undefined
  /** @type {any} */ #retry = undefined
  /** @type {any} */ #silent = undefined
  /** @type {string | undefined} */ #token = undefined
  #retired = new Account() // what channels had counted that are gone

  /** @param {string | URL} url of the feed @param {any} [options] see weir.d.ts */
  constructor(url, options = {}) {
    super()
    this.url = new URL(String(url))
    this.options = { min: 250, max: 15_000, silence: 45_000, patience: 10_000, random: Math.random, now: Date.now, ...options }
    if (options.times) this.url.searchParams.set('times', '1')
    /** @type {Map<string, Subscription>} */ this.subscriptions = new Map()
    /** @type {Map<string, Channel>} */ this._channels = new Map()
    this.received = 0
    this.violations = 0
    /** @type {{state: 'connecting' | 'open' | 'reconnecting' | 'closed', attempt: number, retryAt?: number, code?: number, reason?: string}} */
    this.status = { state: 'connecting', attempt: 0 }
    queueMicrotask(() => this.#connect())
  }

  /** How long until the next attempt, in ms; 0 when none is waited for. */
  get retryIn() { return Math.max(0, (this.status.retryAt ?? 0) - this.options.now()) }

  /** All accounts added up, also of channels that are not subscribed to any more. */
  get totals() {
    const t = { channels: this._channels.size, messages: 0, covered: 0, dropped: 0, gaps: 0, recoveries: 0, restarts: 0, missed: 0 }
    const all = [this.#retired, ...Array.from(this._channels.values(), (c) => c.account)]
    for (const a of all) for (const k of COUNTS) t[k] += a[k]
    return t
  }

  /**
   * Subscribes to a channel, or with * in the name to all that it stands for. It lasts until unsubscribe, over any number of
   * connections.
   * @param {string} name @param {any} [options] see weir.d.ts
   */
  subscribe(name, options = {}) {
    if (options.since && name.includes('*')) throw new WeirError('bad_request', 'since is for one channel, not for a pattern', name)
    if (this.subscriptions.has(name)) throw new WeirError('already_subscribed', 'there is a subscription of this name', name)
    const s = new Subscription(this, name, options)
    this.subscriptions.set(name, s)
    for (const c of this._channels.values()) this.#attach(c)
    const c = this._channels.get(name)
    if (options.since && !c) Object.assign(this.#channel(name).account, { epoch: options.since.epoch, last: options.since.seq })
    // A channel that a pattern has goes on while it gets a name too, so there is nothing to resume.
    if (this.status.state === 'open') this.#join(s, !c?.live)
    return s
  }

  /**
   * Publishes, and resolves with the position. It is not repeated if the connection is lost: then nobody knows whether it has happened.
   * @param {string} channel @param {any} data
   * @param {{key?: string, ts?: number | bigint, snapshot?: boolean, gap?: boolean}} [options]
   */
  async publish(channel, data, { key, ts, snapshot, gap } = {}) {
    return this.#promise({
      type: 'publish', channel, data, key, ts: ts === undefined ? ts : BigInt(ts), snapshot: snapshot || undefined, gap: gap || undefined,
    })
  }

  /** Resolves with the time to the server and back in ms. @returns {Promise<number>} */
  async ping() {
    const began = performance.now()
    await this.#promise({ type: 'ping' })
    return performance.now() - began
  }

  /** Shows a new token before the old one has expired. @param {string} token */
  async refresh(token) {
    const m = await this.#promise({ type: 'refresh', token })
    this.#token = token
    return m
  }

  /**
   * Stops reading. Nothing is buffered here: TCP's buffers fill, and the server does what each channel's policy says about slow clients.
   * Returns whether this socket can: ws's in Node and StreamSocket can; a browser's WebSocket and that of Node itself cannot, and messages go on coming.
   * A few that have been read already may come all the same.
   */
  pause() {
    this.#paused = true
    this.#quiet() // the silence is ours
    this.#ws?.pause?.()
    return typeof this.#ws?.pause === 'function'
  }

  /** Reads on. */
  resume() {
    this.#paused = false
    this.#ws?.resume?.()
    if (this.status.state === 'open') this.#listen()
  }

  /** Ends it, for good. @param {number} [code] @param {string} [reason] */
  close(code = 1000, reason = '') {
    const ws = this.#ws
    if (this.#paused) this.resume() // a socket that is not read does not see the close either
    clearTimeout(this.#retry)
    this.#part()
    this.#set({ state: 'closed', attempt: this.#attempt, code, reason })
    for (const s of this.subscriptions.values()) s._set('ended')
    ws?.close(code, reason)
  }

  // The connection.

  async #connect() {
    if (this.status.state === 'closed') return
    this.#set({ state: 'connecting', attempt: this.#attempt })
    const protocols = ['weir.v1']
    try {
      const t = this.options.token
      const token = this.#token ?? (typeof t === 'function' ? await t() : t)
      if (token) protocols.push(`weir.token.${token}`)
      // @ts-ignore: close may have been called meanwhile
      if (this.status.state === 'closed') return
      const Socket = this.options.WebSocket ?? globalThis.WebSocket
      if (!Socket) throw new Error('there is no WebSocket class; pass one as options.WebSocket')
      const ws = this.#ws = new Socket(this.url.href, protocols)
      ws.onopen = () => this.#opened()
      ws.onmessage = (e) => this.#heard(e.data)
      ws.onerror = () => {} // what there is to say comes with the close
      ws.onclose = (e) => { if (this.#ws === ws) this.#lost(e) }
    } catch (err) {
      this.#lost({ code: 0, reason: String(err) })
    }
  }

  #opened() {
    if (this.#paused) this.#ws.pause?.()
    else this.#listen()
    this.#set({ state: 'open', attempt: this.#attempt })
    // A pattern cannot resume, so the channels it had are resumed by name; then the pattern takes them over, and the names go.
    const borrowed = []
    const owned = [...this.subscriptions.values()]
    for (const c of [...this._channels.values()]) {
      const own = this.subscriptions.get(c.name)
      if (own) continue
      const of = c.readers[0]
      if (!of || !c.since) { this.#forget(c); continue }
      borrowed.push(c.name)
      this.#ask(this.#named(of, c.name), 1, (err) => {
        if (err && err.code !== 'lost') this.#forget(c) // if the server has it again one day, the pattern finds it
      })
    }
    for (const s of owned) this.#join(s)
    for (let i = 0; i < borrowed.length; i += IN_FLIGHT) {
      const channels = borrowed.slice(i, i + IN_FLIGHT)
      this.#ask({ type: 'unsubscribe', channels }, channels.length)
    }
  }

  /** @param {{code: number, reason?: string}} e */
  #lost({ code, reason = '' }) {
    this.#part()
    if (this.status.state === 'closed') return
    if (code === EXPIRED) {
      this.#token = undefined
      if (typeof this.options.token !== 'function') return this.#set({ state: 'closed', attempt: this.#attempt, code, reason })
    }
    // A server that goes away says when it wants this client back. Anything else is answered with full jitter, so that clients that were lost
    // together do not come back together.
    const hint = /; retry-after=(\d+)ms$/.exec(reason)
    const jitter = this.options.random() * Math.min(this.options.max, this.options.min * 2 ** Math.min(this.#attempt, 20))
    const wait = !hint ? jitter : Math.min(LONGEST_HINT, Math.max(Number(hint[1]), this.#attempt > 0 ? jitter : 0))
    this.#attempt++
    this.#set({ state: 'reconnecting', attempt: this.#attempt, retryAt: this.options.now() + wait, code, reason })
    this.#retry = setTimeout(() => this.#connect(), wait)
  }

  /** Parts with the socket and with what was asked over it. */
  #part() {
    this.#quiet()
    const ws = this.#ws
    this.#ws = undefined
    if (ws) {
      ws.onopen = ws.onmessage = ws.onclose = null
      ws.onerror = () => {} // ws throws what nobody listens for
    }
    const asked = [...this.#asked.values()]
    this.#asked.clear()
    this.#queue = []
    this.#inFlight = 0
    for (const c of this._channels.values()) {
      c.live = false
      clearTimeout(c.retry)
    }
    for (const s of this.subscriptions.values()) s._set('pending')
    for (const a of asked) a.answer(new WeirError('lost', 'the connection was lost before the answer'), undefined)
  }

  // A connection whose peer has vanished shows by silence only: after some of it we ask, and after more we go.
  #listen() {
    clearTimeout(this.#silent)
    this.#silent = setTimeout(() => {
      this.#send({ type: 'ping' })
      this.#silent = setTimeout(() => {
        const ws = this.#ws
        this.#lost({ code: 0, reason: 'the server does not answer' })
        ws?.close()
      }, this.options.patience)
    }, this.options.silence)
  }

  #quiet() { clearTimeout(this.#silent) }

  // What we say.

  #send(m) {
    // A time in ns is more than a number holds exactly, so it is written in by hand.
    const { ts, ...rest } = m
    const text = JSON.stringify(rest)
    if (this.#ws?.readyState === 1) this.#ws.send(ts === undefined ? text : `${text.slice(0, -1)},"ts":${ts}}`)
  }

  /**
   * Sends a request that has so many answers as soon as there is room for them, and in order. answer is told of each.
   * @param {object} m @param {number} [answers] @param {(err: WeirError | undefined, m: any) => void} [answer]
   */
  #ask(m, answers = 1, answer = () => {}) {
    this.#queue.push({ m, answers, answer })
    this.#pump()
  }

  #pump() {
    for (let next = this.#queue[0]; next && (this.#inFlight === 0 || this.#inFlight + next.answers <= IN_FLIGHT); next = this.#queue[0]) {
      const { m, answers, answer } = next
      this.#queue.shift()
      const id = ++this.#ids
      this.#inFlight += answers
      this.#asked.set(id, { left: answers, answer, counted: true })
      this.#send({ ...m, id })
    }
  }

  #promise(m) {
    if (this.status.state !== 'open') return Promise.reject(new WeirError('not_connected', 'there is no connection now'))
    return new Promise((resolve, reject) => {
      const id = ++this.#ids
      this.#send({ ...m, id })
      this.#asked.set(id, { left: 1, answer: (err, a) => err ? reject(err) : resolve(a), counted: false })
    })
  }

  /** Asks for a subscription by its own name. @param {Subscription} s */
  #join(s, resume = true) {
    this.#ask(this.#named(s, s.name, resume), 1, (err) => {
      if (!err || err.code === 'lost' || err.code === 'already_subscribed') return
      // A relay that was restarted may know a channel only when its own source has told it.
      if (err.code !== 'unavailable' && !(err.code === 'unknown_channel' && this._channels.get(s.name)?.since)) return this.#refused(s, err)
      setTimeout(() => {
        if (this.status.state === 'open' && this.subscriptions.get(s.name) === s && s.state === 'pending') this.#join(s, resume)
      }, this.options.random() * this.options.max)
    })
  }

  /** The request for a name: that of the subscription, or of a channel that its pattern has. @param {Subscription} s @param {string} name */
  #named(s, name, resume = true) {
    const c = this._channels.get(name)
    return {
      type: 'subscribe', channel: name, since: resume ? c?.since : undefined,
      // A pattern's rate is for the channels that can have one. By name it would be an error.
      maxHz: (name !== s.name && !c?.conflates ? 0 : s.maxHz) || undefined,
    }
  }

  /** @param {Subscription} s */
  _configure(s) {
    if (this.status.state !== 'open') return
    for (const c of this._channels.values()) if (c.live && c.readers.includes(s)) this.#pace(c, s)
  }

  /** Gives a channel the rate that its subscription wants. @param {Channel} c @param {Subscription} s */
  #pace(c, s) {
    if (s !== this.#owner(c) || (s.pattern && !c.conflates)) return
    this.#ask({ type: 'configure', channel: c.name, maxHz: s.maxHz }, 1, (err, m) => {
      if (m?.type === 'configured') c.maxHz = m.maxHz
      if (err && err.code !== 'lost') this.#tell('error', err)
    })
  }

  /** The subscription whose rate a channel has. @param {Channel} c */
  #owner(c) { return this.subscriptions.get(c.name) ?? c.readers[0] }

  /** @param {Subscription} s */
  _unsubscribe(s) {
    if (this.subscriptions.get(s.name) !== s) return
    const owned = [...this._channels.values()].filter((c) => this.#owner(c) === s)
    this.subscriptions.delete(s.name)
    s._set('ended')
    for (const c of [...this._channels.values()]) {
      this.#attach(c)
      if (c.readers.length === 0) this.#forget(c)
    }
    if (this.status.state !== 'open') return
    this.#ask({ type: 'unsubscribe', channel: s.name })
    for (const c of owned) { // one that goes on has the rate of whose it is now
      const heir = this.#owner(c)
      if (c.live && heir && heir.maxHz !== s.maxHz) this.#pace(c, heir)
    }
  }

  // What we know of channels.

  /** @param {string} name */
  #channel(name) {
    let c = this._channels.get(name)
    if (!c) {
      this._channels.set(name, c = new Channel(name))
      this.#attach(c)
    }
    return c
  }

  /** @param {Channel} c */
  #attach(c) { c.readers = [...this.subscriptions.values()].filter((s) => matches(s.name, c.name)) }

  /** @param {Channel} c */
  #forget(c) {
    if (this._channels.get(c.name) !== c) return
    clearTimeout(c.retry)
    this._channels.delete(c.name)
    for (const k of COUNTS) this.#retired[k] += c.account[k]
  }

  // What the server says.

  /** @param {any} text */
  #heard(text) {
    let m
    try {
      m = JSON.parse(text)
    } catch (err) {
      const ws = this.#ws
      this.#lost({ code: 0, reason: `what came is not JSON: ${err}` })
      return ws?.close()
    }
    this.received += text.length
    if (!this.#paused) this.#listen()
    switch (m.type) {
      case 'message': case 'dropped': case 'heartbeat': return this.#accounted(m, text)
      case 'snapshot': return this.#deliver(m.channel, 'onSnapshot', new Message(m, text))
      case 'subscribed': this.#subscribed(m); break
      case 'unsubscribed': if (this.#unsubscribed(m)) return; break
      case 'error': return this.#failed(m)
    }
    this.#answered(m)
  }

  /** Tells whoever asked; false: nobody did. @param {any} m @param {WeirError} [err] */
  #answered(m, err) {
    this.#attempt = 0 // it is a connection that works
    const a = this.#asked.get(m.id)
    if (!a) return false
    if (--a.left === 0) this.#asked.delete(m.id)
    if (a.counted) this.#inFlight--
    a.answer(err, m)
    this.#pump()
    return true
  }

  #subscribed(m) {
    if (m.channel === undefined) return void this.subscriptions.get(m.pattern)?._set('live') // the answer to a pattern
    const c = this.#channel(m.channel)
    const s = this.#owner(c)
    if (!s) return this.#forget(c) // it was given up meanwhile
    c.account.begin(m)
    c.live = true
    c.conflates = m.policy === 'conflate'
    c.maxHz = m.maxHz ?? 0
    if (!s.pattern) s._set('live')
    // What a pattern finds later has the rate that the pattern began with.
    else if (m.pattern && c.conflates && (s.maxHz > 0 ? c.maxHz === 0 || c.maxHz > s.maxHz : c.maxHz > 0)) this.#pace(c, s)
    for (const r of c.readers) call(r.options.onSubscribed, m, r)
  }

  /** Returns true if it is no answer but, with a code, a new token's allowing less than the old one. */
  #unsubscribed(m) {
    const c = this._channels.get(m.channel)
    const s = this.subscriptions.get(m.channel)
    if (m.code !== undefined) {
      const err = new WeirError(m.code, m.message, m.channel)
      if (s) this.#refused(s, err)
      else this.#tell('error', err)
      if (c) this.#forget(c)
      return true
    }
    if (c && !s && m.kept === undefined) this.#forget(c) // no pattern has it either
    return false
  }

  #accounted(m, text) {
    const c = this._channels.get(m.channel)
    if (!c?.live) return // behind an unsubscribe that the server had not seen yet
    const wrong = c.account.take(m)
    if (wrong) return this.#violated(c, wrong)
    if (m.type === 'message') this.#deliver(m.channel, 'onMessage', new Message(m, text))
    else if (m.type === 'dropped') this.#deliver(m.channel, 'onDropped', m)
  }

  // A count that does not add up is told, and the channel is subscribed to anew, from where it was last right: at once, and if it goes wrong
  // again, later each time.
  /** @param {Channel} c @param {string} wrong */
  #violated(c, wrong) {
    this.violations++
    c.live = false
    const now = this.options.now()
    if (now - c.faultAt > 60_000) c.faults = 0
    c.faultAt = now
    const wait = c.faults === 0 ? 0 : this.options.random() * Math.min(this.options.max, this.options.min * 2 ** c.faults)
    c.faults++
    if (wait === 0) this.#anew(c)
    else c.retry = setTimeout(() => this.#anew(c), wait)
    this.#tell('violation', new WeirError('violation', wrong, c.name))
  }

  /** @param {Channel} c */
  #anew(c) {
    if (this._channels.get(c.name) !== c || this.status.state !== 'open') return
    const own = this.subscriptions.get(c.name)
    if (own) {
      this.#ask({ type: 'unsubscribe', channel: c.name })
      return this.#join(own)
    }
    this.#ask(this.#named(c.readers[0], c.name), 1, (err) => {
      if (!err || err.code === 'lost') return
      this.#forget(c)
      this.#tell('error', err)
    })
    this.#ask({ type: 'unsubscribe', channel: c.name }) // the pattern has it still
  }

  #failed(m) {
    const err = new WeirError(m.code, m.message, m.channel)
    if (!this.#answered(m, err)) this.#tell('error', err)
  }

  /** @param {Subscription} s @param {WeirError} err */
  #refused(s, err) {
    if (this.subscriptions.get(s.name) !== s) return
    this.subscriptions.delete(s.name)
    for (const c of [...this._channels.values()]) {
      this.#attach(c)
      if (c.readers.length === 0) this.#forget(c)
    }
    s._set('refused', err)
    this.#tell('error', err)
  }

  /** @param {string} channel @param {'onMessage' | 'onSnapshot' | 'onDropped'} handler @param {any} m */
  #deliver(channel, handler, m) {
    const readers = this._channels.get(channel)?.readers
    if (readers) for (const s of readers) call(s.options[handler], m, s)
  }

  /** @param {'error' | 'violation'} type @param {WeirError} detail */
  #tell(type, detail) { this.dispatchEvent(new CustomEvent(type, { detail })) }

  /** @param {Weir['status']} status */
  #set(status) {
    this.status = status
    this.dispatchEvent(new CustomEvent('status', { detail: status }))
  }
}

/**
 * A socket on WebSocketStream, where a browser has that (StreamSocket.available). It does what Weir needs of a WebSocket, and can also be paused: then
 * it reads no more, and the sender feels it.
 */
export class StreamSocket {
  static get available() { return 'WebSocketStream' in globalThis }

  /** @type {any} */ #stream
  /** @type {any} */ #writer
  /** @type {Promise<void> | undefined} */ #halt = undefined
  #go = () => {}

  /** @param {string} url @param {string[]} protocols */
  constructor(url, protocols) {
    this.readyState = 0
    /** @type {any} */ this.onopen = null
    /** @type {any} */ this.onmessage = null
    /** @type {any} */ this.onclose = null
    /** @type {any} */ this.onerror = null
    // @ts-ignore: not every library of types has it
    this.#stream = new globalThis.WebSocketStream(url, { protocols })
    this.#run()
  }

  async #run() {
    const closed = this.#stream.closed.then(
      (e) => ({ code: e.closeCode, reason: e.reason }), (e) => ({ code: e.closeCode ?? 1006, reason: e.reason ?? '' }))
    closed.then(() => this.resume())
    try {
      const { readable, writable } = await this.#stream.opened
      this.#writer = writable.getWriter()
      this.#writer.closed.catch(() => {})
      this.readyState = 1
      this.onopen?.()
      const reader = readable.getReader()
      for (;;) {
        await this.#halt
        const { value, done } = await reader.read()
        if (done) break
        this.onmessage?.({ data: value })
      }
    } catch {} // the close tells
    const e = await closed
    this.readyState = 3
    this.onclose?.(e)
  }

  send(text) { this.#writer.write(text).catch(() => {}) }

  close(code, reason) {
    this.readyState = 2
    this.#stream.close(code === undefined ? {} : { closeCode: code, reason })
  }

  pause() { this.#halt ??= new Promise((r) => { this.#go = () => r() }) }

  resume() {
    this.#halt = undefined
    this.#go()
  }
}

/** Tells whether name is one that pattern stands for: * is any characters, also none. @param {string} pattern @param {string} name */
export function matches(pattern, name) {
  const parts = pattern.split('*')
  if (parts.length === 1) return pattern === name
  const head = parts[0], tail = parts[parts.length - 1]
  const end = name.length - tail.length
  if (!name.startsWith(head) || !name.endsWith(tail) || head.length > end) return false
  let at = head.length
  for (const part of parts.slice(1, -1)) {
    const i = name.indexOf(part, at)
    if (i < 0 || i + part.length > end) return false
    at = i + part.length
  }
  return true
}

// What a handler throws is its own affair: it is reported like anything that nobody catches, and keeps nothing here from going on.
function call(handler, m, s) {
  try {
    handler?.(m, s)
  } catch (err) {
    queueMicrotask(() => { throw err })
  }
}

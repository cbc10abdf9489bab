// weir.js: a client of Weir's feed (docs/protocol.md) for browsers and Node, without dependencies.
//
//   import { Weir } from './weir.js'
//   const weir = new Weir('wss://example.com/feed')
//   weir.subscribe('btcusdt@trade', { onMessage: (m) => console.log(m.seq, m.data) })
//
// It reconnects by itself, resumes every subscription where it was, and verifies that every sequence number is accounted for.
// weir.d.ts has the types.

/** Close codes after which coming back with the same token is of no use. */
const EXPIRED = 3000

/** What a fault in the count, or an error answer, is reported as. */
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
 * The account of one channel: every number since the subscription was delivered, stands for those before it, or was dropped.
 * It knows nothing of connections, so that others can use it with messages of their own.
 */
export class Account {
  constructor() {
    /** @type {string | undefined} */ this.epoch = undefined
    this.last = 0 // the number up to which everything is accounted for
    this.messages = 0 // delivered
    this.covered = 0 // numbers that a later message stood for
    this.dropped = 0 // numbers that were declared dropped
    this.gaps = 0 // messages that said that their source had lost something
    this.recoveries = 0 // times that a subscription went on after an absence with nothing missing
    this.restarts = 0 // times that it could not, and began anew
  }

  /** Begins at a "subscribed". @param {{epoch: string, seq: number, recovered?: boolean}} m */
  begin(m) {
    if (m.recovered) this.recoveries++
    else if (this.epoch !== undefined) this.restarts++
    this.epoch = m.epoch
    this.last = m.seq
  }

  /**
   * Takes in a "message", a "dropped" or a "heartbeat". Returns what is wrong with it, or undefined.
   * @param {{type: string, seq: number, from?: number, dropped?: number, gap?: boolean, epoch?: string}} m
   * @returns {string | undefined}
   */
  take(m) {
    if (m.type === 'heartbeat') {
      return m.seq === this.last ? undefined : `the channel is at ${m.seq}, and ${this.last} is accounted for`
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

/** One subscription, to a channel or to a pattern. Made by Weir.subscribe. */
export class Subscription {
  /** @param {Weir} weir @param {string} name @param {object} options */
  constructor(weir, name, options) {
    this.weir = weir
    this.name = name
    this.pattern = name.includes('*')
    this.options = options
    this.maxHz = options.maxHz
    /** @type {'pending' | 'live' | 'refused' | 'ended'} */ this.state = 'pending'
  }

  /** The accounts, by channel: one, or those of a pattern's channels. */
  get accounts() { return this.weir._accountsOf(this) }

  /** Changes the highest rate; 0 is as much as the channel offers. @param {number} maxHz */
  configure(maxHz) {
    this.maxHz = maxHz
    this.weir._request({ type: 'configure', channel: this.name, maxHz })
  }

  unsubscribe() { this.weir._unsubscribe(this) }
}

/** A connection to a feed that comes back by itself. Events: "status", "error", "violation", "closed". */
export class Weir extends EventTarget {
  /** @param {string | URL} url of the feed @param {object} [options] see weir.d.ts */
  constructor(url, options = {}) {
    super()
    this.url = new URL(String(url))
    this.options = { min: 250, max: 15_000, silence: 45_000, patience: 10_000, ...options }
    if (options.times) this.url.searchParams.set('times', '1')
    this.random = options.random ?? Math.random
    this.now = options.now ?? (() => Date.now())
    /** @type {Map<string, Subscription>} */ this.subscriptions = new Map()
    /** @type {Map<string, {account: Account, patterns: Set<string>, live: boolean}>} */ this.channels = new Map()
    /** @type {Map<number, {resolve: Function, reject: Function}>} */ this.asked = new Map()
    this.ids = 0
    this.attempt = 0
    this.bytes = 0
    /** @type {{state: 'connecting' | 'open' | 'reconnecting' | 'closed', attempt: number, retryAt?: number, code?: number, reason?: string}} */
    this.status = { state: 'connecting', attempt: 0 }
    queueMicrotask(() => this._connect())
  }

  /**
   * Subscribes to a channel, or with * in the name to all that it stands for. It lasts until unsubscribe, over any number of
   * connections.
   * @param {string} name @param {object} [options] onMessage, onSnapshot, onState, maxHz, since
   */
  subscribe(name, options = {}) {
    if (this.subscriptions.has(name)) throw new WeirError('already_subscribed', 'there is a subscription of this name', name)
    const s = new Subscription(this, name, options)
    this.subscriptions.set(name, s)
    if (options.since) {
      const account = new Account()
      Object.assign(account, { epoch: options.since.epoch, last: options.since.seq })
      this.channels.set(name, { account, patterns: new Set(), live: false })
    }
    if (this.status.state === 'open') this._send(this._subscribeRequest(s))
    return s
  }

  /** Publishes, and resolves with the position. It is not repeated if the connection is lost. */
  publish(channel, data, { key, ts, snapshot, gap } = {}) {
    return this._ask({ type: 'publish', channel, data, key, ts: ts === undefined ? undefined : String(ts), snapshot, gap })
  }

  /** Resolves with the time to the server and back in ms. */
  async ping() {
    const began = this.now()
    await this._ask({ type: 'ping' })
    return this.now() - began
  }

  /** Shows a new token before the old one has expired. @param {string} token */
  refresh(token) {
    this.token = token
    return this._ask({ type: 'refresh', token })
  }

  /** Ends it, for good. */
  close(code = 1000, reason = '') {
    clearTimeout(this.retry)
    this._quiet()
    const ws = this.ws
    this._drop()
    this._setStatus({ state: 'closed', attempt: this.attempt, code, reason })
    ws?.close(code, reason)
  }

  // The connection.

  async _connect() {
    if (this.status.state === 'closed') return
    this._setStatus({ state: 'connecting', attempt: this.attempt })
    const protocols = ['weir.v1']
    try {
      const t = this.options.token
      const token = this.token ?? (typeof t === 'function' ? await t() : t)
      if (token) protocols.push(`weir.token.${token}`)
    } catch (err) {
      return this._lost({ code: 0, reason: `no token: ${err}` })
    }
    if (this.status.state === 'closed') return
    const Socket = this.options.WebSocket ?? globalThis.WebSocket
    const ws = this.ws = new Socket(this.url.href, protocols)
    ws.onopen = () => this._opened()
    ws.onmessage = (e) => this._heard(e.data)
    ws.onerror = () => {} // what there is to say comes with the close
    ws.onclose = (e) => { if (this.ws === ws) this._lost(e) }
  }

  _opened() {
    this._listen()
    this._setStatus({ state: 'open', attempt: this.attempt })
    // Channels that a pattern had are resumed by name, because a pattern cannot; then the pattern takes them over, and the names go.
    const byName = []
    for (const [channel, c] of this.channels) {
      if (c.account.epoch === undefined) continue
      const own = this.subscriptions.get(channel)
      const of = own ?? this._patternOf(channel)
      if (!of) { this.channels.delete(channel); continue }
      this._send(this._subscribeRequest(of, channel))
      if (!own) byName.push(channel)
    }
    for (const s of this.subscriptions.values()) {
      if (s.pattern || this.channels.get(s.name)?.account.epoch === undefined) this._send(this._subscribeRequest(s))
    }
    for (let i = 0; i < byName.length; i += 256) this._send({ type: 'unsubscribe', channels: byName.slice(i, i + 256) })
  }

  _subscribeRequest(s, channel = s.name) {
    const a = this.channels.get(channel)?.account
    const since = a?.epoch === undefined ? undefined : { epoch: a.epoch, seq: a.last }
    return { type: 'subscribe', channel, since, maxHz: s.maxHz || undefined }
  }

  _patternOf(channel) {
    for (const s of this.subscriptions.values()) if (s.pattern && matches(s.name, channel)) return s
    return undefined
  }

  _lost({ code, reason }) {
    this._quiet()
    this._drop()
    if (this.status.state === 'closed') return
    if (code === EXPIRED) {
      this.token = undefined
      if (typeof this.options.token !== 'function') {
        this._setStatus({ state: 'closed', attempt: this.attempt, code, reason })
        return
      }
    }
    // A server that goes away says when it wants this client back; anything else is answered with full jitter, so that clients which were
    // lost together do not come back together.
    const hint = /; retry-after=(\d+)ms$/.exec(reason ?? '')
    const most = Math.min(this.options.max, this.options.min * 2 ** Math.min(this.attempt, 20))
    const wait = hint && this.attempt === 0 ? Number(hint[1]) : this.random() * most
    this.attempt++
    this._setStatus({ state: 'reconnecting', attempt: this.attempt, retryAt: this.now() + wait, code, reason })
    this.retry = setTimeout(() => this._connect(), wait)
  }

  /** Parts with the socket and with what was asked over it. */
  _drop() {
    const ws = this.ws
    this.ws = undefined
    if (ws) ws.onopen = ws.onmessage = ws.onclose = null
    for (const { reject } of this.asked.values()) reject(new WeirError('lost', 'the connection was lost before the answer'))
    this.asked.clear()
    for (const c of this.channels.values()) c.live = false
  }

  // A connection whose peer has vanished shows by silence only: after some of it we ask, and after more we go.
  _listen() {
    this._quiet()
    this.silent = setTimeout(() => {
      this._send({ type: 'ping' })
      this.silent = setTimeout(() => {
        this.ws?.close()
        this._lost({ code: 0, reason: 'the server does not answer' })
      }, this.options.patience)
    }, this.options.silence)
    this.silent?.unref?.()
  }

  _quiet() { clearTimeout(this.silent) }

  _send(m) {
    if (this.ws?.readyState !== 1) return
    // A time in ns is more than a number holds exactly, so it is written in by hand.
    const { ts, ...rest } = m
    const text = JSON.stringify(rest)
    this.ws.send(ts === undefined ? text : `${text.slice(0, -1)},"ts":${ts}}`)
  }

  _request(m) { if (this.status.state === 'open') this._send(m) }

  _ask(m) {
    if (this.status.state !== 'open') return Promise.reject(new WeirError('not_connected', 'there is no connection now'))
    const id = ++this.ids
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject })
      this._send({ ...m, id })
    })
  }

  _unsubscribe(s) {
    if (this.subscriptions.get(s.name) !== s) return
    this.subscriptions.delete(s.name)
    this._setState(s, 'ended')
    this._request({ type: 'unsubscribe', channel: s.name })
    if (!s.pattern && !this._patternOf(s.name)) this.channels.delete(s.name)
    if (s.pattern) {
      for (const channel of this.channels.keys()) {
        if (!this.subscriptions.has(channel) && !this._patternOf(channel)) this.channels.delete(channel)
      }
    }
  }

  _accountsOf(s) {
    const all = new Map()
    for (const [channel, c] of this.channels) if (s.pattern ? matches(s.name, channel) : channel === s.name) all.set(channel, c.account)
    return all
  }

  // What the server says.

  _heard(text) {
    this.bytes += text.length
    this._listen()
    const m = JSON.parse(text)
    switch (m.type) {
      case 'message': case 'dropped': case 'heartbeat': return this._accounted(m, text)
      case 'snapshot': return this._deliver('onSnapshot', new Message(m, text))
      case 'subscribed': return this._subscribed(m)
      case 'error': return this._failed(m)
      case 'published': case 'pong': case 'refreshed': this.attempt = 0
    }
    const asked = this.asked.get(m.id)
    this.asked.delete(m.id)
    asked?.resolve(m)
  }

  _subscribed(m) {
    this.attempt = 0 // it is a connection that works
    if (m.channel === undefined) { // the answer to a pattern
      const s = this.subscriptions.get(m.pattern)
      if (s) this._setState(s, 'live')
      return
    }
    const own = this.subscriptions.get(m.channel)
    const of = own ?? this._patternOf(m.channel)
    if (!of) return // it was given up meanwhile
    let c = this.channels.get(m.channel)
    if (!c) this.channels.set(m.channel, c = { account: new Account(), patterns: new Set(), live: false })
    c.account.begin(m)
    c.live = true
    if (own) this._setState(own, 'live')
    for (const s of this._subscriptionsOf(m.channel)) s.options.onSubscribed?.(m, s)
  }

  _accounted(m, text) {
    const c = this.channels.get(m.channel)
    if (!c?.live) return // behind an unsubscribe that the server had not seen yet
    const wrong = c.account.take(m)
    if (wrong) return this._violated(m.channel, c, wrong)
    if (m.type === 'message') this._deliver('onMessage', new Message(m, text))
    else if (m.type === 'dropped') this._deliver('onDropped', m)
  }

  // A count that does not add up is told, and the channel is subscribed to anew, from where the account was last right.
  _violated(channel, c, wrong) {
    this.dispatchEvent(new CustomEvent('violation', { detail: new WeirError('violation', wrong, channel) }))
    c.live = false
    const own = this.subscriptions.get(channel)
    if (own) this._send({ type: 'unsubscribe', channel })
    this._send(this._subscribeRequest(own ?? this._patternOf(channel), channel))
    if (!own) this._send({ type: 'unsubscribe', channel }) // a pattern has it still
  }

  _failed(m) {
    const err = new WeirError(m.code, m.message, m.channel)
    const asked = this.asked.get(m.id)
    if (asked) {
      this.asked.delete(m.id)
      return asked.reject(err)
    }
    const s = this.subscriptions.get(m.channel)
    if (s && s.state === 'pending' && m.code !== 'unavailable') {
      this.subscriptions.delete(s.name)
      this.channels.delete(s.name)
      s.error = err
      this._setState(s, 'refused')
    }
    this.dispatchEvent(new CustomEvent('error', { detail: err }))
  }

  *_subscriptionsOf(channel) {
    for (const s of this.subscriptions.values()) if (s.pattern ? matches(s.name, channel) : s.name === channel) yield s
  }

  _deliver(handler, m) {
    for (const s of this._subscriptionsOf(m.channel)) s.options[handler]?.(m, s)
  }

  _setState(s, state) {
    if (s.state === state) return
    s.state = state
    s.options.onState?.(state, s)
  }

  _setStatus(status) {
    this.status = status
    this.dispatchEvent(new CustomEvent(status.state === 'closed' ? 'closed' : 'status', { detail: status }))
    if (status.state === 'closed') this.dispatchEvent(new CustomEvent('status', { detail: status }))
  }
}

/** A message or a snapshot. Times in ns are rounded to 256 ns as numbers; exact() has them as BigInt. */
export class Message {
  /** @type {string} */ #text
  constructor(fields, text) {
    Object.assign(this, fields)
    this.#text = text
  }

  /** @param {'ts' | 'recv' | 'sent'} name @returns {bigint | undefined} */
  exact(name) {
    // The times stand in front of whatever a publisher has written, so the first one of the name is it.
    const m = new RegExp(`"${name}":(-?\\d+)`).exec(this.#text)
    return m ? BigInt(m[1]) : undefined
  }
}

/** Tells whether name is one that pattern stands for: * is any characters, also none. */
export function matches(pattern, name) {
  const parts = pattern.split('*')
  if (parts.length === 1) return pattern === name
  const head = parts[0], tail = parts[parts.length - 1]
  if (!name.startsWith(head) || !name.slice(head.length).endsWith(tail)) return false
  let at = head.length
  const end = name.length - tail.length
  for (const part of parts.slice(1, -1)) {
    const i = name.indexOf(part, at)
    if (i < 0 || i + part.length > end) return false
    at = i + part.length
  }
  return at <= end
}

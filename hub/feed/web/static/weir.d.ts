/** Where a channel's count is. */
export interface Position { epoch: string; seq: number }

export interface Options {
  /** A token, or a func that gets one for each connection. Without a func, an expired token ends the connection for good. */
  token?: string | (() => string | Promise<string>)
  /** Ask the server for its times of receiving and sending in each message. A server that does not know them leaves them out. */
  times?: boolean
  /** The WebSocket class: that of the package ws in Node before 22, StreamSocket for one that a browser can pause. */
  WebSocket?: unknown
  /**
   * Full jitter: the pause before coming back is random between 0 and min, and the upper end doubles with each failure up to max, in ms: 250 and
   * 15,000. A server that goes away may say how long to wait; then it is that long.
   */
  min?: number
  max?: number
  /** Silence after which the server is asked for a sign of life, and how long its answer may take, in ms: 45,000 and 10,000. */
  silence?: number
  patience?: number
  /** For tests: from 0 to 1, and ms since 1970. */
  random?: () => number
  now?: () => number
}

export interface Status {
  state: 'connecting' | 'open' | 'reconnecting' | 'closed'
  /** Connections that failed in a row. */
  attempt: number
  /** When the next attempt is made, in ms since 1970, while reconnecting. Weir.retryIn is how long that is from now. */
  retryAt?: number
  /** How the last connection ended: the close code, 0 if it was given up here, and the server's reason. */
  code?: number
  reason?: string
}

/** What came in. Times are ns since 1970, rounded to what a number holds: 256 ns. */
export declare class Message {
  type: 'message' | 'snapshot'
  channel: string
  seq: number
  /** The message stands for the numbers from this one on. */
  from?: number
  /** So many numbers before this one were dropped. */
  dropped?: number
  /** The publisher's time, or the server's if the publisher gave none. 0: not known. */
  ts: number
  /** When the server took it in, and when it was written for this connection; with Options.times. */
  recv?: number
  sent?: number
  key?: string
  /** The publisher's own source has lost messages before this one, or before one that this one stands for: a state built from differences must begin anew. */
  gap?: boolean
  /** data is a whole state. */
  snapshot?: boolean
  data: any
  /** The time exactly; undefined if the message has none of this name. */
  exact(name: 'ts' | 'recv' | 'sent'): bigint | undefined
}

export interface Subscribed extends Position {
  channel: string
  /** The answer to since: everything missed follows, or nothing of it does. */
  recovered?: boolean
  /** So many snapshots follow. */
  snapshot?: number
  /** The rate in force. */
  maxHz?: number
  policy?: 'lossless' | 'drop' | 'conflate'
  /** The pattern that has made the subscription. */
  pattern?: string
}

/** pending: not answered, or there is no connection. refused and ended are for good. */
export type State = 'pending' | 'live' | 'refused' | 'ended'

export interface SubscribeOptions {
  /** In order of the channel's numbers, each at most once. */
  onMessage?: (m: Message, s: Subscription) => void
  /** State from before the subscription, as often as the snapshot of onSubscribed says. */
  onSnapshot?: (m: Message, s: Subscription) => void
  /** Each time a channel begins, or goes on after an absence. With recovered false, what was known of it is void. */
  onSubscribed?: (m: Subscribed, s: Subscription) => void
  onDropped?: (m: { channel: string; from: number; seq: number }, s: Subscription) => void
  onState?: (state: State, s: Subscription) => void
  /** At most so many messages a second of each key, 0.01 to 250, on channels that conflate. 0: as many as they offer. */
  maxHz?: number
  /** Where an earlier page or process was; for a channel, not for a pattern. */
  since?: Position
}

/** The account of one channel. */
export declare class Account {
  epoch: string | undefined
  /** Up to this number everything is accounted for. */
  last: number
  /** How the subscription began last: resumed with nothing missing, or anew; undefined if it was not resumed. */
  recovered: boolean | undefined
  /** So many snapshots made up the state at its beginning. */
  snapshots: number
  /** Messages that were delivered. */
  messages: number
  /** Numbers that a later message stood for, and that were declared dropped. */
  covered: number
  dropped: number
  /** Messages that said that their source had lost something. */
  gaps: number
  /** Absences after which nothing was missing, and after which it began anew. */
  recoveries: number
  restarts: number
  /** Numbers that such a beginning has cost, as far as they can be counted: within one epoch. */
  missed: number
  begin(m: Position & { recovered?: boolean; snapshot?: number }): void
  /** Returns what is wrong with a message, or undefined; what is wrong changes nothing. */
  take(m: { type: string; seq: number; from?: number; dropped?: number; gap?: boolean; epoch?: string }): string | undefined
}

export declare class Subscription {
  private constructor()
  readonly name: string
  readonly pattern: boolean
  readonly state: State
  /** What was asked for. */
  readonly maxHz: number
  /** Why it was refused. */
  readonly error: WeirError | undefined
  /** By channel: one, or those of a pattern's channels. */
  readonly accounts: Map<string, Account>
  configure(maxHz: number): void
  unsubscribe(): void
}

export declare class WeirError extends Error {
  constructor(code: string, message: string, channel?: string)
  /** One of the protocol's, or violation, lost, not_connected. */
  code: string
  channel?: string
}

/** The accounts of all channels added up. */
export interface Totals {
  channels: number
  messages: number
  covered: number
  dropped: number
  gaps: number
  recoveries: number
  restarts: number
  missed: number
}

export interface WeirEvents {
  status: CustomEvent<Status>
  /** A count that does not add up. The channel is subscribed to anew, from where it was last right. */
  violation: CustomEvent<WeirError>
  /** A subscription that was refused, or an error answer that nobody waits for. */
  error: CustomEvent<WeirError>
}

/** A connection to a feed that comes back by itself. */
export declare class Weir extends EventTarget {
  constructor(url: string | URL, options?: Options)
  readonly status: Status
  /** How long until the next attempt, in ms; 0 when none is waited for. */
  readonly retryIn: number
  readonly subscriptions: Map<string, Subscription>
  readonly totals: Totals
  /** Characters received, and counts that did not add up. */
  readonly received: number
  readonly violations: number
  subscribe(name: string, options?: SubscribeOptions): Subscription
  /** Rejects with a WeirError; with "lost", nobody knows whether it was published. ts is ns since 1970, exact as a BigInt. */
  publish(channel: string, data: unknown, options?: { key?: string; ts?: number | bigint; snapshot?: boolean; gap?: boolean }): Promise<Position>
  /** The time to the server and back, in ms. */
  ping(): Promise<number>
  /** expires: seconds since 1970; 0: never. */
  refresh(token: string): Promise<{ expires: number }>
  /**
   * Stops reading without buffering: TCP's buffers fill, and the server treats this client as its channels' policies say. Returns whether the
   * socket can: that of ws in Node and StreamSocket can. A browser's WebSocket and Node's own cannot: messages go on coming. There, a worker that is kept busy stops
   * its browser from reading (the board's worker.js does it). A server closes who reads nothing for 20 s with 1013; we come back and resume.
   */
  pause(): boolean
  resume(): void
  close(code?: number, reason?: string): void
  addEventListener<K extends keyof WeirEvents>(type: K, listener: (e: WeirEvents[K]) => void, options?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void
}

/** A WebSocket that can be paused, on WebSocketStream: Chromium has it, in workers too. */
export declare class StreamSocket {
  static readonly available: boolean
  constructor(url: string, protocols: string[])
  readonly readyState: number
  send(text: string): void
  close(code?: number, reason?: string): void
  pause(): void
  resume(): void
}

/** Tells whether name is one that pattern stands for: * is any characters, also none. */
export declare function matches(pattern: string, name: string): boolean

/** Where a channel's count is. */
export interface Position { epoch: string; seq: number }

export interface Options {
  /** A token, or a func that gets one each time it is needed. Without a func, an expired token ends the connection for good. */
  token?: string | (() => string | Promise<string>)
  /** Ask the server for its times of receiving and sending in each message. */
  times?: boolean
  /** The WebSocket class; needed in Node before 22 (the one of the package ws will do). */
  WebSocket?: unknown
  /** The first and the longest pause before coming back, in ms: 250 and 15,000. The pause is random between 0 and twice the one before. */
  min?: number
  max?: number
  /** Silence after which the server is asked for a sign of life, and how long its answer may take, in ms: 45,000 and 10,000. */
  silence?: number
  patience?: number
  /** For tests. */
  random?: () => number
  now?: () => number
}

export type State = 'pending' | 'live' | 'refused' | 'ended'

export interface Status {
  state: 'connecting' | 'open' | 'reconnecting' | 'closed'
  /** Connections that failed in a row. */
  attempt: number
  /** When the next attempt is made, in ms since 1970; while reconnecting. */
  retryAt?: number
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
  ts: number
  recv?: number
  sent?: number
  key?: string
  /** The publisher's own source has lost messages before this one. */
  gap?: boolean
  /** data is a whole state. */
  snapshot?: boolean
  data: any
  /** The time exactly. */
  exact(name: 'ts' | 'recv' | 'sent'): bigint | undefined
}

export interface Subscribed extends Position {
  channel: string
  /** The answer to since: everything missed follows, or not. */
  recovered?: boolean
  /** So many snapshots follow. */
  snapshot?: number
  maxHz?: number
  policy?: 'lossless' | 'drop' | 'conflate'
  pattern?: string
}

export interface SubscribeOptions {
  onMessage?: (m: Message, s: Subscription) => void
  /** State from before the subscription, as often as onSubscribed's snapshot says. */
  onSnapshot?: (m: Message, s: Subscription) => void
  /** Each time a channel begins, or goes on after an absence. */
  onSubscribed?: (m: Subscribed, s: Subscription) => void
  onDropped?: (m: { channel: string; from: number; seq: number }, s: Subscription) => void
  onState?: (state: State, s: Subscription) => void
  /** At most so many messages a second of each key, on channels that conflate. */
  maxHz?: number
  /** Where the client was before this page or process. */
  since?: Position
}

export declare class Account {
  epoch: string | undefined
  last: number
  messages: number
  covered: number
  dropped: number
  gaps: number
  recoveries: number
  restarts: number
  begin(m: Position & { recovered?: boolean }): void
  take(m: { type: string; seq: number; from?: number; dropped?: number; gap?: boolean; epoch?: string }): string | undefined
}

export declare class Subscription {
  readonly name: string
  readonly pattern: boolean
  readonly state: State
  readonly maxHz: number | undefined
  readonly error: WeirError | undefined
  readonly accounts: Map<string, Account>
  configure(maxHz: number): void
  unsubscribe(): void
}

export declare class WeirError extends Error {
  /** One of the protocol's, or "violation", "lost", "not_connected". */
  code: string
  channel?: string
}

export declare class Weir extends EventTarget {
  constructor(url: string | URL, options?: Options)
  readonly status: Status
  readonly subscriptions: Map<string, Subscription>
  /** Characters received. */
  readonly bytes: number
  subscribe(name: string, options?: SubscribeOptions): Subscription
  publish(channel: string, data: unknown, options?: { key?: string; ts?: number | bigint; snapshot?: boolean; gap?: boolean }): Promise<Position>
  ping(): Promise<number>
  refresh(token: string): Promise<{ expires: number }>
  close(code?: number, reason?: string): void
}

/** Tells whether name is one that pattern stands for. */
export declare function matches(pattern: string, name: string): boolean

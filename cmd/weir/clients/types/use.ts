// How a program in TypeScript uses weir.js.
import { Account, StreamSocket, Weir, WeirError, type Message, type Position, type Status } from './weir.js'

const weir = new Weir('wss://example.com/feed', { token: async () => 't', times: true, WebSocket: StreamSocket.available ? StreamSocket : undefined })
weir.addEventListener('status', (e) => { const s: Status = e.detail; console.log(s.state, s.code ?? 0, weir.retryIn) })
weir.addEventListener('violation', (e) => { const err: WeirError = e.detail; console.log(err.code, err.channel) })
const s = weir.subscribe('*@trade', {
  maxHz: 5,
  onMessage: (m: Message) => console.log(m.seq, m.from ?? m.seq, m.exact('ts')),
  onSubscribed: ({ recovered, snapshot }) => console.log(recovered === false, snapshot ?? 0),
})
s.configure(0.5)
for (const [channel, account] of s.accounts) console.log(channel, account.last + account.covered)
const position: Position = await weir.publish('news', { headline: 'Tulips fall' }, { ts: 1723161254087896568n })
weir.subscribe('news', { since: position })
console.log(await weir.ping(), (await weir.refresh('t')).expires, weir.totals.missed, new Account().take({ type: 'message', seq: 1 }))
if (weir.pause()) weir.resume()
// @ts-expect-error: a state that there is not
if (s.state === 'dead') s.unsubscribe()
// @ts-expect-error: subscriptions are made by subscribe
new s.constructor()
weir.close()

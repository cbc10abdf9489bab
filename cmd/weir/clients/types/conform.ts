// weir.js (copied to impl.js by the test) is what weir.d.ts says.
import * as impl from './impl.js'
import type * as declared from './weir.js'

export const whole: Pick<typeof declared, 'Account' | 'StreamSocket' | 'WeirError' | 'matches'> = impl
// What Subscription has beside its declaration is private, so the two are compared by what others see.
type Seen<T> = { [K in keyof T]: T[K] }
declare const weir: impl.Weir, subscription: impl.Subscription, message: impl.Message
export const w: Omit<Seen<declared.Weir>, 'subscriptions' | 'subscribe' | 'addEventListener'> = weir
export const s: Seen<declared.Subscription> = subscription
export const m: Pick<declared.Message, 'exact'> = message

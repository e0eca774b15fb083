// A crowd of users as an open loop: requests arrive by the clock, at random, and none waits for the answer to another. So a
// service that becomes slow gets no fewer of them. Knows no rollout; what came of each request is told to whoever asks.
import { Agent } from 'node:http'
import type { Asked, Outcome } from './visit.ts'
import { visit } from './visit.ts'

export type LoadPlan = {
  readonly url: string
  readonly perSecond: number
  /** Called once for every request, when it is over. */
  readonly onOutcome: (outcome: Outcome) => void
  readonly choose?: (uniform: number) => Asked
  readonly random?: () => number
}

export type Load = {
  /** Requests a second that were sent, from the beginning until now or the stop. */
  perSecond(): number
  /** No more arrivals; resolves when every request is over. */
  stop(): Promise<void>
}

/** Milliseconds to the next arrival of a Poisson process; `uniform` lies in 0 to 1, without 1. */
export const gapMs = (uniform: number, perSecond: number): number => (-Math.log(1 - uniform) * 1_000) / perSecond

const order = JSON.stringify({ product: 'lamp', quantity: 2 })

const mix: readonly (readonly [upTo: number, asked: Asked])[] = [
  [0.4, { kind: 'read', method: 'GET', path: '/products' }],
  [0.75, { kind: 'read', method: 'GET', path: '/products/lamp' }],
  [0.94, { kind: 'write', method: 'POST', path: '/orders', body: order }],
]
const stream: Asked = { kind: 'stream', method: 'GET', path: '/stream' }

/** What the users of the shop do: of a hundred requests 75 read, 19 write, 6 stream for not quite two seconds. */
export const chooseInShop = (uniform: number): Asked => mix.find(([upTo]) => uniform < upTo)?.[1] ?? stream

export const startLoad = (plan: LoadPlan): Load => {
  const { url, perSecond, onOutcome, choose = chooseInShop, random = Math.random } = plan
  const agent = new Agent({ keepAlive: true })
  const going = new Set<Promise<void>>()
  let sent = 0
  const arrive = (): void => {
    const answered: Promise<void> = visit(url, choose(random()), agent).then((outcome) => {
      going.delete(answered)
      onOutcome(outcome)
    })
    going.add(answered)
    sent += 1
  }
  const startedAt = performance.now()
  let stoppedAt: number | null = null
  let nextAt = startedAt
  // Timers are late; the clock is not: whoever is due by now arrives now.
  const turn = (): void => {
    for (; nextAt <= performance.now(); nextAt += gapMs(random(), perSecond)) arrive()
    timer = setTimeout(turn, Math.max(0, nextAt - performance.now()))
  }
  let timer = setTimeout(turn, 0)
  return {
    perSecond: () => (sent * 1_000) / ((stoppedAt ?? performance.now()) - startedAt),
    stop: async () => {
      clearTimeout(timer)
      stoppedAt ??= performance.now()
      await Promise.all(going)
      agent.destroy()
    },
  }
}

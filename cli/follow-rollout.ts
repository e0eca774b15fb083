// Follows one rollout on the event stream until it is where somebody waits for it. A server that goes away is waited for:
// the rollout is in its store and goes on.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Client, ServerEvent } from '@humdrum/contract/client.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { Follower } from './render/follow.ts'

export type Following = {
  /** Asked again after the connection was lost: the server may have another address by then. */
  readonly connect: () => Client
  readonly rollout: RolloutView
  readonly follower: Follower
  /** Where to stop following. */
  readonly until: (view: RolloutView) => boolean
  readonly signal: AbortSignal
  /** How long a server that is gone is waited for. */
  readonly patienceMs?: number
}

type Progress = { view: RolloutView; after: number; lostAt: number | null }

/** The rollout as it was when following ended: at `until`, or when `signal` came. Fails with HD1101 when patience ends. */
export const followRollout = async (given: Following): Promise<RolloutView> => {
  const { rollout, until, signal, patienceMs = 60_000 } = given
  const progress: Progress = { view: rollout, after: 0, lostAt: null }
  const ticking = setInterval(given.follower.tick, 1_000)
  try {
    given.follower.onEvent({ kind: 'progress', rollout })
    while (!until(progress.view) && !signal.aborted) {
      await attempt(given, progress)
      if (progress.lostAt !== null && Date.now() - progress.lostAt > patienceMs) throw lostFor(rollout, patienceMs)
      if (!until(progress.view)) await sleep(300, undefined, { signal }).catch(() => null) // the loop sees the signal
    }
    return progress.view
  } finally {
    clearInterval(ticking)
    given.follower.end()
  }
}

const attempt = async (given: Following, progress: Progress): Promise<void> => {
  const { signal, until } = given
  const ending = new AbortController()
  try {
    const client = given.connect()
    if (progress.lostAt !== null) await resume(given, client, progress)
    const { id } = progress.view
    const events = client.events({
      rollout: id,
      after: progress.after,
      signal: AbortSignal.any([signal, ending.signal]),
    })
    for await (const event of events) {
      await take(given, { client, event, progress })
      if (until(progress.view)) break
    }
  } catch (cause) {
    if (signal.aborted) return
    if (!isLoss(cause)) throw cause
    if (progress.lostAt === null) given.follower.say('the server went away; trying again, the rollout is in its store')
    progress.lostAt ??= Date.now()
  } finally {
    ending.abort() // the stream is not left open behind a loop that broke off
  }
}

const resume = async ({ follower }: Following, client: Client, progress: Progress): Promise<void> => {
  const view = await client.getRollout(progress.view.id)
  follower.say('the server is back')
  progress.lostAt = null
  progress.view = view
  follower.onEvent({ kind: 'progress', rollout: view })
}

type Taken = { readonly client: Client; readonly event: ServerEvent; readonly progress: Progress }

/** A transition says that something changed, the rollout itself says what it means. */
const take = async ({ follower }: Following, { client, event, progress }: Taken): Promise<void> => {
  follower.onEvent(event)
  if (event.kind === 'progress') {
    progress.view = event.rollout
    return
  }
  progress.after = event.transition.id
  if (event.transition.generation <= progress.view.generation) return
  progress.view = await client.getRollout(progress.view.id)
  follower.onEvent({ kind: 'progress', rollout: progress.view })
}

/** Refused or reset connections and answers that broke off in the middle. */
const isLoss = (cause: unknown): boolean =>
  cause instanceof TypeError ||
  cause instanceof SyntaxError ||
  (cause instanceof FaultError && cause.fault.code === 'HD1101')

const lostFor = ({ id, app }: RolloutView, patienceMs: number): FaultError =>
  new FaultError({
    code: 'HD1101',
    reason: `for ${patienceMs / 1_000} s; without it the edge gives the traffic of ${id} back to stable`,
    next: `humdrum up, and then humdrum status ${app}: the rollout goes on from where it was`,
  })

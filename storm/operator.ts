// Whoever ships the releases of one app, one after the other, orders what the plan says, and sees to it that nothing waits
// for a person. When the server is away it tries again; whether an order had been taken, the server's answer tells.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RolloutView } from '@humdrum/contract/api.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { deploy } from '@humdrum/demo/ship.ts'
import type { Ground } from './ground.ts'
import type { Ordered, Shipped } from './history.ts'
import type { Character, OrderKind, Planned } from './plan.ts'
import { goodRelease } from './plan.ts'
import { writeRelease } from './release.ts'
import type { Watch } from './watch.ts'

/** A rollout that was shipped; how it ended is asked for in the end. */
export type Begun = Pick<Shipped, 'app' | 'kind' | 'orders'> & { readonly id: string }

export type Desk = { readonly ground: Ground; readonly watch: Watch; readonly signal: AbortSignal }

const quiet = { write: () => {}, isWatched: false, isLive: false, colours: false, columns: () => 80 }
const pauseMs = 150
/** Longer than anything that the storm does to the server. */
const patienceMs = 120_000
const untilOverMs = 300_000

/** The server, or it broke off in the middle of an answer. */
const isAway = (cause: unknown): boolean =>
  !(cause instanceof FaultError) || ['HD1101', 'HD1103', 'HD5004'].includes(cause.fault.code)

/** Somebody who asked to go back a moment too late began another rollout. */
const isTaken = (cause: unknown): boolean => cause instanceof FaultError && cause.fault.code === 'HD4101'

/** Asks again while the server is away, or what else may pass. */
const insist = async <Value>(
  ask: () => Promise<Value>,
  mayPass: (cause: unknown) => boolean = isAway,
): Promise<Value> => {
  const deadline = performance.now() + patienceMs
  for (;;) {
    try {
      return await ask()
    } catch (cause) {
      if (!mayPass(cause) || performance.now() > deadline) throw cause
      await sleep(pauseMs)
    }
  }
}

const newestOf = async ({ ground }: Desk, app: string): Promise<RolloutView | null> => {
  const { environments } = await insist(() => ground.site.connect().status({}))
  return environments.find((one) => one.app === app)?.rollout ?? null
}

/** An order whose answer was lost may have been taken: then the newest rollout is the one that was asked for. */
const begin = async (desk: Desk, app: string, given: { version: string; folder: string }): Promise<string> => {
  const { connect } = desk.ground.site
  return insist(
    async () => {
      const before = await newestOf(desk, app)
      if (before?.release === given.version) return before.id
      return (await deploy({ connect, sink: quiet }, given.folder, given.version)).rollout.id
    },
    (cause) => isAway(cause) || isTaken(cause),
  )
}

const order = async (desk: Desk, { app, id }: Begun, kind: OrderKind | 'resume'): Promise<Ordered> => {
  const { connect } = desk.ground.site
  const askedAt = Date.now()
  const ask = async (): Promise<RolloutView> =>
    kind === 'rollback' ? connect().rollback({ app, reason: 'storm' }) : connect()[kind](id, 'storm')
  const answer = await insist(ask).then(
    (view) => (view.id === id ? 'accepted' : `began ${view.id}`),
    (cause: unknown) => (cause instanceof FaultError ? cause.fault.code : String(cause)),
  )
  desk.ground.note(app, `${kind} of ${id}: ${answer}`)
  return { kind, askedAt, answeredAt: Date.now(), answer }
}

/** Null while nothing newer than what was begun is known of it. */
const viewOf = ({ watch }: Desk, { app, id }: Begun): RolloutView | null => {
  const view = watch.newest(app)
  return view?.id === id ? view : null
}

const untilOver = async (desk: Desk, begun: Begun, planned: { kind: OrderKind; afterMs: number } | null) => {
  const orders: Ordered[] = []
  const beganAt = performance.now()
  let due = planned
  for (;;) {
    const view = viewOf(desk, begun)
    const isDue = due !== null && performance.now() - beganAt >= due.afterMs
    if (desk.signal.aborted || (view !== null && isOver(view))) break
    if (view?.phase === 'NeedsHuman' || performance.now() - beganAt > untilOverMs) {
      orders.push(await order(desk, begun, 'abort'))
      await sleep(5_000)
      break
    }
    if (view?.phase === 'Paused') {
      await sleep(1_000)
      orders.push(await order(desk, begun, 'resume'))
    } else if (due !== null && isDue) {
      // Rollback is asked of an app: of what is over already it would begin another one.
      if (due.kind !== 'rollback' || view?.phase === 'Progressing') orders.push(await order(desk, begun, due.kind))
      due = null
    }
    await sleep(pauseMs)
  }
  return orders
}

export const shipOne = async (
  desk: Desk,
  given: { app: string; version: string; character: Character; order: { kind: OrderKind; afterMs: number } | null },
): Promise<Begun> => {
  const { app, version, character } = given
  const folder = await writeRelease(desk.ground.site.folder, given)
  const id = await begin(desk, app, { version, folder })
  desk.ground.note(app, `${id} began: ${version}, ${character.kind}`)
  const begun: Begun = { app, id, kind: character.kind, orders: [] }
  const orders = await untilOver(desk, begun, given.order)
  return { ...begun, orders }
}

/** To the release before this one; null where there is none to go back to. */
const goBack = async (desk: Desk, app: string): Promise<Begun | null> => {
  const before = await newestOf(desk, app)
  try {
    const id = await insist(async () => {
      const now = await newestOf(desk, app)
      if (now !== null && now.id !== before?.id) return now.id
      return (await desk.ground.site.connect().rollback({ app, reason: 'storm' })).id
    })
    desk.ground.note(app, `${id} began: back to the release before`)
    const begun: Begun = { app, id, kind: 'goBack', orders: [] }
    return { ...begun, orders: await untilOver(desk, begun, null) }
  } catch (cause) {
    if (cause instanceof FaultError && /^HD431/.test(cause.fault.code)) return null
    throw cause
  }
}

/** Ships all of it, or until the signal. */
export const operate = async (desk: Desk, app: string, all: readonly Planned[]): Promise<readonly Begun[]> => {
  const done: Begun[] = []
  for (const [index, planned] of all.entries()) {
    if (desk.signal.aborted) break
    const went = planned.kind === 'goBack' ? await goBack(desk, app) : null
    const deployed = planned.kind === 'deploy' ? planned : { character: goodRelease, order: null }
    done.push(went ?? (await shipOne(desk, { app, version: `${app}-v${index + 1}`, ...deployed })))
  }
  return done
}

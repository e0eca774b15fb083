// One seeded world: the real engine on a real store, with a target, a router, traffic, and a server that may die at any
// call it makes. A seed replays it exactly.
import type { Result } from '@humdrum/core/errors.ts'
import type { AppName, Digest, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Router, Target } from '@humdrum/core/ports.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import { isOver, legOf, newCourse } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { DeliveryParts } from '@humdrum/server/delivery/parts.ts'
import { rollback } from '@humdrum/server/delivery/rollback.ts'
import { startEngine } from '@humdrum/server/engine/loop.ts'
import { openStore } from '@humdrum/server/store/open.ts'
import type { CommandKind } from '@humdrum/server/store/records.ts'
import { claimVersion, putArtifact, putCommand } from '@humdrum/server/store/records.ts'
import { getRollout, insertRollout } from '@humdrum/server/store/rollouts.ts'
import type { Random } from './random.ts'
import { createRandom } from './random.ts'
import type { Answer } from './router.ts'
import { createSimRouter } from './router.ts'
import { noSource } from './source.ts'
import type { Character, SimTarget } from './target.ts'
import { createSimTarget } from './target.ts'

/** Thrown by a port to end the server at that very call: what it awaited is never answered. */
class ServerDied extends Error {}

export type WorldPlan = {
  readonly seed: number
  readonly characters: Readonly<Record<string, Character>>
  /** Probabilities per call (server) and per turn (edge). */
  readonly serverDies: number
  readonly edgeDies: number
  readonly requestsPerSecond: number
}

type Ports = { readonly target: Target; readonly router: Router }
type Dying = <Value>(work: () => Promise<Value>) => Promise<Value>

/** Ports at which the server may die. */
const mortalPorts = ({ target, router }: Ports, dying: Dying): Ports => ({
  target: {
    place: target.place,
    observe: (scope) => dying(() => target.observe(scope)),
    converge: (scope, wishes, fence) => dying(() => target.converge(scope, wishes, fence)),
  },
  router: {
    observe: () => dying(() => router.observe()),
    converge: (route): Promise<Result<null>> => dying(() => router.converge(route)),
  },
})

type Answering = {
  readonly target: SimTarget
  readonly random: Random
  readonly characterOf: (release: Version) => Character
}

/** What instances make of requests, one after the other; another one than `but` while there is one. */
const answersOf = ({ target, random, characterOf }: Answering) => {
  let answered = 0
  return (release: Version, but: string | null): Answer | null => {
    const alive = target.alive(release)
    const preferred = alive.filter((id) => id !== but)
    const from = preferred.length > 0 ? preferred : alive
    answered += 1
    const instance = from[answered % from.length]
    if (instance === undefined) return null
    const { errorShare, slowness } = characterOf(release)
    const bad = random.chance(errorShare) || target.isBad(instance)
    return { bad, elapsedMs: slowness * 8 * Math.exp(0.25 * random.normal()), instance }
  }
}

export const createWorld = async (plan: WorldPlan) => {
  const random = createRandom(plan.seed)
  let clockMs = 1_000_000
  const now = (): Instant => clockMs as Instant
  const characterOf = (release: Version): Character =>
    plan.characters[release] ?? { errorShare: 0, slowness: 1, readyAfterMs: 300, crashesPerSecond: 0 }
  const target = createSimTarget({ now, random, characterOf })
  const router = createSimRouter({ now, random })
  const store = await openStore(':memory:')
  const violations: string[] = []
  const served = new Map<string, number>()

  let died = false
  const dying = <Value>(work: () => Promise<Value>): Promise<Value> => {
    if (!random.chance(plan.serverDies)) return work()
    died = true
    // Before the act or after it: in both cases the server never hears of it.
    return random.chance(0.5) ? Promise.reject(new ServerDied()) : work().then(() => Promise.reject(new ServerDied()))
  }
  const mortal = mortalPorts({ target: target.port, router: router.port }, dying)
  const parts = { store, ...mortal, sourceOf: () => noSource, now, log: () => {} }
  let engine = startEngine(parts, null)
  let awayUntilMs = 0

  const answer = answersOf({ target, random, characterOf })

  const traffic = (ms: number): void => {
    for (let sent = 0; sent < (plan.requestsPerSecond * ms) / 1_000; sent += 1) {
      const one = router.request(answer)
      if (one === null) continue
      served.set(one.release, (served.get(one.release) ?? 0) + 1)
      if (target.alive(one.release).length === 0)
        violations.push(`${one.release} had traffic and no ready instance at ${clockMs}`)
      if (one.weight > 0 && one.tripped) violations.push(`weight ${one.weight} after a trip at ${clockMs}`)
      if (one.weight > 0 && !one.granted) violations.push(`weight ${one.weight} without a grant at ${clockMs}`)
    }
  }

  /** One turn of the world: the engine's round, then time and traffic. */
  const turn = async (): Promise<void> => {
    if (clockMs >= awayUntilMs) {
      await engine.round().catch((cause: unknown) => {
        if (!(cause instanceof ServerDied)) throw cause
      })
      if (died) {
        died = false
        engine = startEngine(parts, null) // a new server: nothing in memory is left
        awayUntilMs = clockMs + random.between(0, 20_000)
      }
    }
    if (random.chance(plan.edgeDies)) router.crash()
    clockMs += 250
    target.advance(250)
    traffic(250)
  }

  const deploy = async (rollout: { plan: Plan }): Promise<RolloutId> => {
    const { candidate, candidateArtifact } = rollout.plan
    await putArtifact(store.db, { digest: candidateArtifact, bytes: 1, at: now() })
    const run = {
      command: 'true',
      env: {},
      health: { path: '/', timeoutMs: rollout.plan.healthTimeoutMs },
      stop: { timeoutMs: 1_000 },
    }
    await claimVersion(
      store.db,
      { app: scope.app, version: candidate, digest: candidateArtifact, artifact: candidateArtifact, run },
      now(),
    )
    const pending: Omit<Rollout, 'id'> = {
      phase: 'Pending',
      scope,
      plan: rollout.plan,
      since: now(),
      generation: 1,
      ...newCourse,
    }
    const anyHost = { hosts: [], warmup: null, shield: 'unreachable' as const }
    const id = await insertRollout(store.db, pending, { exposure: { ...anyHost, before: anyHost }, text: 'accepted' })
    if (id === null) throw new Error('a rollout is under way')
    return id
  }

  const read = async (id: RolloutId): Promise<Rollout> => {
    const stored = await getRollout(store.db, id)
    if (stored === null) throw new Error(`no rollout ${id}`)
    return stored.rollout
  }

  /** Turns until the rollout is over; its last state, or where it stands after `turns`. */
  const untilOver = async (id: RolloutId, turns: number): Promise<Rollout> => {
    for (let left = turns; left > 0 && !isOver(await read(id)); left -= 1) await turn()
    return read(id)
  }

  /** Turns until it is in a phase, or is over; where it stands then, or after `turns`. */
  const until = async (id: RolloutId, phase: Rollout['phase'], turns: number): Promise<Rollout> => {
    for (let left = turns; left > 0; left -= 1) {
      const rollout = await read(id)
      if (rollout.phase === phase || isOver(rollout)) return rollout
      await turn()
    }
    return read(id)
  }

  const order = async (rollout: RolloutId, kind: CommandKind): Promise<void> =>
    putCommand(store.db, { rollout, kind, actor: 'ada', reason: '', at: now(), leg: legOf(await read(rollout)) })

  return {
    deploy,
    until,
    untilOver,
    turn,
    crashEdge: router.crash,
    order,
    rollBack: () => rollBack({ store, now, ...target.port, instances: target.port.observe, ...lacksNothing }),
    ...{ now, read, served, violations, store, random, target },
    close: () => store.close(),
  }
}

/** A machine that has all that is asked of it, and no source. */
const lacksNothing: Pick<DeliveryParts, 'missingVariables' | 'missingForSource' | 'sourceOf' | 'disks'> = {
  missingVariables: () => [],
  missingForSource: () => [],
  sourceOf: () => noSource,
  disks: async () => [],
}

/** As a person asks for it: the real decision, with what runs at this instant. */
const rollBack = async (parts: DeliveryParts): Promise<RolloutId> => {
  const begun = await rollback(parts, { ...scope, to: undefined, actor: 'ada', reason: '' })
  if (!begun.ok) throw new Error(begun.fault.reason)
  return begun.value
}

const scope = { app: 'shop' as AppName, environment: 'production' as Rollout['scope']['environment'] }

export const digestOf = (name: string): Digest => `sha256:${name}` as Digest

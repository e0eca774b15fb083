// What the engine makes of time in which nobody watched: a server that was away, an edge that cannot be read, a clock that
// jumped. The edge is the simulator's; engine and store are the real ones.
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { createRandom } from '@humdrum/sim/random.ts'
import { createSimRouter } from '@humdrum/sim/router.ts'
import { noSource } from '@humdrum/sim/source.ts'
import { createSimTarget } from '@humdrum/sim/target.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../store/open.ts'
import { getMeasurements } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import { beginRollout, firstPlan } from './begun-rollout.arbitrary.ts'
import { startEngine } from './loop.ts'
import type { EngineParts } from './turn.ts'

const halfAnHour = 1_800_000
const second: Partial<Plan> = {
  steps: [{ kind: 'setWeight', weight: ppm(100_000) }],
  beta: 0.5,
  minExposure: { requests: 0, timeMs: 1_000 },
  bake: { forMs: halfAnHour, holdback: ppm(50_000) },
  stepBudgetMs: halfAnHour,
}

/** A world in which v1 is stable. */
const startWorld = async () => {
  let clockMs = 1_000_000
  let sleptMs = 0
  let isReadable = true
  const now = (): Instant => clockMs as Instant
  const random = createRandom(1)
  const character = { errorShare: 0, slowness: 1, readyAfterMs: 100, crashesPerSecond: 0 }
  const target = createSimTarget({ now, random, characterOf: () => character })
  const router = createSimRouter({ now: () => clockMs - sleptMs, random }) // its clock is monotonic
  const store = await openStore(':memory:')
  onTestFinished(() => store.close())
  const read = async () => (isReadable ? router.port.observe() : null)
  const parts: EngineParts = {
    ...{ store, target: target.port, sourceOf: () => noSource, now, log: () => {} },
    router: { observe: read, converge: router.port.converge },
  }
  let engine = startEngine(parts, null)
  const turn = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round += 1) {
      await engine.round()
      clockMs += 250
      target.advance(250)
      for (let request = 0; request < 100; request += 1) router.request(() => ({ bad: false, elapsedMs: 8 }))
    }
  }
  const begin = (over: Partial<Plan>): Promise<RolloutId> => beginRollout(store, now(), over)
  const world = {
    ...{ turn, begin, router, store },
    rollout: async (id: RolloutId): Promise<Rollout | undefined> => (await getRollout(store.db, id))?.rollout,
    pass: (ms: number) => {
      clockMs += ms
    },
    /** As `pass`, but the edge's clock stands still meanwhile. */
    sleep: (ms: number) => {
      clockMs += ms
      sleptMs += ms
    },
    restart: () => {
      engine = startEngine(parts, null)
    },
    read: (readable: boolean) => {
      isReadable = readable
    },
  }
  const stable = await begin(firstPlan)
  await turn(20)
  expect((await world.rollout(stable))?.phase).toBe('Succeeded')
  return world
}

const weightAt = async ({ router }: Awaited<ReturnType<typeof startWorld>>) => (await router.port.observe())?.[0]

test('a server that was away for longer than the bake does not take that time for one', async () => {
  const world = await startWorld()
  const id = await world.begin(second)
  await world.turn(40)
  expect((await world.rollout(id))?.phase).toBe('Baking')
  world.pass(40 * 60_000)
  world.restart()
  world.read(false)
  await world.turn(1)
  world.read(true)
  await world.turn(8)
  expect((await world.rollout(id))?.phase).toBe('Baking')
})

test('a clock that jumps ahead, or a machine that slept, is no time that passed', async () => {
  const world = await startWorld()
  const id = await world.begin(second)
  await world.turn(40)
  world.sleep(2 * halfAnHour)
  await world.turn(8)
  expect((await world.rollout(id))?.phase).toBe('Baking')
})

test('while the edge cannot be read no grant is renewed: it lapses, and stable has the traffic', async () => {
  const world = await startWorld()
  await world.begin(second)
  await world.turn(40)
  world.read(false)
  await world.turn(60)
  expect(await weightAt(world)).toMatchObject({ weight: 0, lapsed: true })
  world.read(true)
  await world.turn(4)
  expect(await weightAt(world)).toMatchObject({ weight: 950_000, lapsed: false })
})

test('an edge that was killed and remembers an older state of the judge is handed the newest one', async () => {
  const world = await startWorld()
  const id = await world.begin(second)
  await world.turn(200)
  const seen = async () => (await getMeasurements(world.store.db, [id])).get(id)?.candidate.requests ?? 0
  const before = await seen()
  expect(before).toBeGreaterThan(1_000)
  world.router.crash()
  await world.turn(2)
  expect(await seen()).toBeGreaterThanOrEqual(before)
  expect((await weightAt(world))?.judge?.errors.candidate.requests).toBeGreaterThanOrEqual(before)
})

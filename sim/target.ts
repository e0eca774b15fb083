// A target in a simulated world: instances start, become ready, crash and stop in simulated time. It outlives the server.

import type { Result } from '@humdrum/core/errors.ts'
import { ok } from '@humdrum/core/errors.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Instance, Target, Wish } from '@humdrum/core/ports.ts'
import type { Fence } from '@humdrum/core/routing/route.ts'
import type { Random } from './random.ts'

type SimInstance = {
  id: string
  release: Version
  readyAt: number
  restarts: number
  lastExit: string | null
  bad: boolean
}

/** How a release behaves. `readyAfterMs` infinite = never ready. */
export type Character = {
  readonly errorShare: number
  /** By what factor it takes longer than others. */
  readonly slowness: number
  readonly readyAfterMs: number
  readonly crashesPerSecond: number
  /** Of its instances, the first so many that are started fail every request; 0 unless told. */
  readonly badInstances?: number
}

export type SimTarget = {
  /** The port, as a server sees it. */
  readonly port: Target
  /** Ids of instances that answer requests now. */
  alive(release: Version): readonly string[]
  /** Fails every request. */
  isBad(instance: string): boolean
  advance(ms: number): void
}

export const createSimTarget = (world: {
  now: () => number
  random: Random
  characterOf: (release: Version) => Character
}): SimTarget => {
  const instances = new Map<string, SimInstance>()
  const started = new Map<Version, number>()
  let count = 0
  let newest: Fence = { rollout: 0 as Fence['rollout'], generation: 0 }
  const isReady = (instance: SimInstance): boolean => instance.readyAt <= world.now()

  const start = ({ release, instances: wanted, without }: Wish): void => {
    if (without !== null) instances.delete(without)
    const present = [...instances.values()].filter((instance) => instance.release === release.version)
    for (let missing = present.length; missing < wanted; missing += 1) {
      count += 1
      const readyAt = world.now() + world.characterOf(release.version).readyAfterMs * (0.5 + world.random.next())
      const ordinal = started.get(release.version) ?? 0
      started.set(release.version, ordinal + 1)
      const bad = ordinal < (world.characterOf(release.version).badInstances ?? 0)
      const fresh = { release: release.version, readyAt, restarts: 0, lastExit: null, bad }
      instances.set(`i${count}`, { id: `i${count}`, ...fresh })
    }
  }

  const converge = async (wishes: readonly Wish[], fence: Fence): Promise<Result<null>> => {
    if (fence.rollout < newest.rollout || (fence.rollout === newest.rollout && fence.generation < newest.generation))
      return ok(null)
    newest = fence
    const wanted = new Set(wishes.map(({ release }) => release.version))
    for (const instance of [...instances.values()]) if (!wanted.has(instance.release)) instances.delete(instance.id)
    for (const wish of wishes) start(wish)
    return ok(null)
  }

  const view = (instance: SimInstance): Instance => ({
    id: instance.id,
    release: instance.release,
    host: '127.0.0.1',
    port: 1,
    state: isReady(instance) ? 'ready' : 'starting',
    restarts: instance.restarts,
    lastExit: instance.lastExit,
  })

  return {
    port: {
      place: async () => ok(null),
      observe: async () => [...instances.values()].map(view),
      converge: async (_scope, wishes, fence) => converge(wishes, fence),
    },
    alive: (release) =>
      [...instances.values()]
        .filter((instance) => instance.release === release && isReady(instance))
        .map(({ id }) => id),
    isBad: (id) => instances.get(id)?.bad === true,
    advance: (ms) => {
      for (const instance of instances.values()) {
        const character = world.characterOf(instance.release)
        if (!isReady(instance) || !world.random.chance((character.crashesPerSecond * ms) / 1_000)) continue
        instance.restarts += 1
        instance.lastExit = 'exited with code 1'
        instance.readyAt = world.now() + character.readyAfterMs
      }
    },
  }
}

// A store in memory and a machine that has everything, for tests of what may begin: releases come to live here without an
// engine, and what runs is what a test says.
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { ok } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Instance } from '@humdrum/core/ports.ts'
import type { Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import { newCourse } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { silentSource } from '../metrics-source.ts'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { putArtifact } from '../store/records.ts'
import { getRollout, reject, saveStep } from '../store/rollouts.ts'
import { deploy } from './accept.ts'
import type { DeliveryParts } from './parts.ts'
import type { RollbackAsked } from './rollback.ts'

const digest = (name: string): Digest => `sha256:${name.repeat(64)}` as Digest
export const bytes = { one: digest('1'), two: digest('2') }

const file = `version: 1
app: shop
run: { command: node server.js }
environments: { production: { target: { instances: 2 } } }
`

export type Bed = {
  readonly store: Store
  parts: DeliveryParts
  readonly back: RollbackAsked
  begun(artifact: Digest): Promise<RolloutId>
  /** Ends a rollout as the engine would. */
  end(id: RolloutId, stage: Stage, more?: 'rejects its bytes'): Promise<void>
  /** Releases that come to live one after the other: v1, v2 … */
  live(...artifacts: readonly Digest[]): Promise<void>
  /** What runs from now on, and how each instance is. */
  runs(releases: Readonly<Record<string, readonly Instance['state'][]>>): void
  reject(artifact: Digest): Promise<void>
}

export const openBed = async (): Promise<Bed> => {
  const store = await openStore(':memory:')
  let [clockMs, running] = [0, [] as readonly Instance[]]
  const now = (): Instant => ++clockMs as Instant
  for (const known of Object.values(bytes)) await putArtifact(store.db, { digest: known, bytes: 1, at: now() })
  const parsed = parseConfig(file, 'humdrum.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))

  const read = async (id: RolloutId): Promise<Rollout> => {
    const stored = await getRollout(store.db, id)
    if (stored === null) throw new Error(`there is no rollout ${id}`)
    return stored.rollout
  }
  const bed: Bed = {
    store,
    parts: {
      ...{ store, place: async () => ok(null), instances: async () => running },
      ...{
        missingVariables: () => [],
        missingForSource: () => [],
        sourceOf: () => silentSource('none'),
        disks: async () => [],
        now,
      },
    },
    back: { app: 'shop', environment: undefined, to: undefined, actor: 'ada', reason: 'slow' },
    begun: async (artifact) => {
      const asked = { config: parsed.config, environment: undefined, version: undefined, artifact, actor: 'ada' }
      const result = await deploy(bed.parts, asked)
      if (!result.ok) throw new Error(result.fault.reason)
      return result.value.rollout
    },
    end: async (id, stage, more) => {
      const before = await read(id)
      const { scope, plan } = before
      const after: Rollout = {
        ...stage,
        ...newCourse,
        id,
        scope,
        plan,
        since: now(),
        generation: before.generation + 1,
      }
      const rejection = more === undefined ? null : { digest: plan.candidateArtifact, reason: 'errors' }
      await saveStep(store.db, { before, after, transitions: [], handled: [], rejection, at: now() })
    },
    live: async (...artifacts) => {
      for (const artifact of artifacts) await bed.end(await bed.begun(artifact), { phase: 'Succeeded' })
    },
    runs: (releases) => {
      running = Object.entries(releases).flatMap(([release, states]) =>
        states.map((state, index) => instanceOf(release, `i-${release}-${index}`, state)),
      )
    },
    reject: async (artifact) => {
      const { scope } = await read(1 as RolloutId)
      const proof = { reason: 'errors', app: scope.app, rollout: 1 as RolloutId, at: now() }
      await reject(store.db, { digest: artifact, ...proof })
    },
  }
  return bed
}

const instanceOf = (release: string, id: string, state: Instance['state']): Instance => ({
  ...{ id, release: release as Version, state },
  ...{ host: '127.0.0.1', port: 1, restarts: 0, lastExit: null },
})

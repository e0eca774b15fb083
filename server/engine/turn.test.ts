import type { Digest, Version } from '@humdrum/core/ids.ts'
import { pending } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { createRandom } from '@humdrum/sim/random.ts'
import { createSimRouter } from '@humdrum/sim/router.ts'
import { noSource } from '@humdrum/sim/source.ts'
import { createSimTarget } from '@humdrum/sim/target.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../store/open.ts'
import { claimVersion, getMeasurements, putArtifact } from '../store/records.ts'
import { insertRollout, newestRollout } from '../store/rollouts.ts'
import { startEngine } from './loop.ts'
import type { EngineParts } from './turn.ts'

const artifact = `sha256:${'1'.repeat(64)}` as Digest
const run = { command: 'x', env: {}, health: { path: '/', timeoutMs: 5_000 }, stop: { timeoutMs: 1_000 } }

test('whoever reads a step reads what was measured when it was decided, before anything is done', async () => {
  let clockMs = 1_000
  const now = (): Instant => clockMs as Instant
  const random = createRandom(1)
  const target = createSimTarget({
    ...{ now, random },
    characterOf: () => ({ errorShare: 0, slowness: 1, readyAfterMs: 100, crashesPerSecond: 0 }),
  })
  const store = await openStore(':memory:')
  onTestFinished(() => store.close())
  const {
    id: _,
    scope,
    ...rest
  } = pending({
    ...{ candidate: 'v1' as Version, candidateArtifact: artifact, stable: null, stableArtifact: null },
    ...{ stableInstances: 0, steps: [], bake: null, wayBack: null },
  })
  await putArtifact(store.db, { digest: artifact, bytes: 1, at: now() })
  await claimVersion(store.db, { app: scope.app, version: 'v1' as Version, digest: artifact, artifact, run }, now())
  const exposure = { hosts: [], warmup: null, shield: 'off' as const, before: null }
  const begun: Omit<Rollout, 'id'> = { ...rest, scope, since: now() }
  await insertRollout(store.db, begun, { exposure, text: '' })

  const read: string[] = []
  const converge: EngineParts['target']['converge'] = async (...given) => {
    const stored = await newestRollout(store.db, scope)
    if (stored === null) throw new Error('no rollout')
    const { id, since, phase } = stored.rollout
    const measurement = (await getMeasurements(store.db, [id])).get(id)
    if (since === now()) read.push(`${phase} ${measurement?.at === since}`)
    return target.port.converge(...given)
  }
  const router = createSimRouter({ now, random }).port
  const engine = startEngine(
    { store, router, sourceOf: () => noSource, now, log: () => {}, target: { ...target.port, converge } },
    null,
  )
  for (let turns = 0; turns < 20; turns += 1) {
    clockMs += 250
    target.advance(250)
    await engine.round()
  }
  expect(read).toEqual(['Preparing true', 'Promoting true', 'Succeeded true'])
})

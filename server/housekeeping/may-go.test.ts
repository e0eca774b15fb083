// Goal: nothing that serves, is warm, or can be gone back to ever goes, whatever happened before; and the rest does go.
import { fc, test as property } from '@fast-check/vitest'
import type { AppName, Digest, EnvironmentName, Version } from '@humdrum/core/ids.ts'
import { pending, plan, trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Plan, Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import { stableAfter } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import type { Holdings, Standing } from '../store/collection.ts'
import { mayGo, youngMs } from './may-go.ts'

const at = 10_000_000 as Instant
const old = (at - youngMs) as Instant

/** Version 3 has the bytes `sha256:3`, or those of another version where releases differ by their run alone. */
const bytesOf = (version: number): Digest => `sha256:${version % 17}` as Digest
const named = (version: number): Version => `v${version}` as Version

type Deploy = {
  readonly candidate: number
  readonly ending: 'Succeeded' | 'RolledBack' | 'Failed'
  readonly back: boolean
}

const rolledOut = (candidate: number, stable: number | null, kind: Plan['kind']): Plan => ({
  ...plan,
  kind,
  candidate: named(candidate),
  candidateArtifact: bytesOf(candidate),
  stable: stable === null ? null : named(stable),
  stableArtifact: stable === null ? null : bytesOf(stable),
})

const stages: readonly Stage[] = [
  { phase: 'Pending' },
  { phase: 'Preparing' },
  { phase: 'Promoting' },
  { phase: 'Baking', from: null, lapses: 0 },
  { phase: 'RollingBack', cause: { kind: 'trip', trip } },
  { phase: 'Succeeded' },
  { phase: 'RolledBack', cause: { kind: 'trip', trip } },
  { phase: 'Failed', cause: { kind: 'abort', actor: 'ada', reason: '' } },
]

/** The history of one environment, as deploys and rollbacks make it, the newest in any phase. */
const standingOf = (environment: string, deploys: readonly Deploy[], stage: Stage): Standing => {
  const succeeded: Plan[] = []
  let serving: number | null = null
  let newest = rolledOut(0, null, 'deploy')
  for (const { candidate, ending, back } of deploys) {
    const target = back ? succeeded.find(({ candidate: version }) => version === named(candidate)) : undefined
    newest = rolledOut(candidate, serving, target === undefined ? 'deploy' : 'rollback')
    if (ending !== 'Succeeded') continue
    succeeded.unshift(newest)
    serving = candidate
  }
  if (stage.phase === 'Succeeded' && succeeded[0] !== newest) succeeded.unshift(newest)
  if (stage.phase !== 'Succeeded' && succeeded[0] === newest) succeeded.shift()
  const scope = { app: 'shop' as AppName, environment: environment as EnvironmentName }
  return { newest: { ...pending(), ...stage, scope, plan: newest } as Rollout, succeeded }
}

const deploy = fc.record({
  candidate: fc.integer({ min: 0, max: 25 }),
  ending: fc.constantFrom('Succeeded' as const, 'Succeeded' as const, 'RolledBack' as const, 'Failed' as const),
  back: fc.boolean(),
})
const standing = fc
  .tuple(fc.array(deploy, { minLength: 1, maxLength: 30 }), fc.constantFrom(...stages))
  .map(([deploys, stage]) => standingOf('production', deploys, stage))

const world = fc.record({
  standings: fc.array(standing, { maxLength: 3 }),
  inUse: fc.uniqueArray(fc.integer({ min: 0, max: 20 }), { maxLength: 3 }).map((some) => new Set(some.map(bytesOf))),
  ages: fc.array(fc.integer({ min: -youngMs, max: 3 * youngMs }), { minLength: 17, maxLength: 17 }),
})

const holdings = (standings: readonly Standing[], ages: readonly number[]): Holdings => ({
  standings,
  artifacts: ages.map((age, index) => ({ digest: bytesOf(index), uploadedAt: (at - age) as Instant })),
})

/** What `humdrum rollback` says without a name, written down a second time. */
const defaultTarget = ({ newest, succeeded }: Standing): Digest | null => {
  const serving = stableAfter(newest)
  const came = succeeded.filter(({ kind, candidate }) => kind === 'deploy' && candidate === serving)
  return came[0]?.stableArtifact ?? null
}

property.prop([world], { numRuns: 500 })('nothing that somebody may need goes', ({ standings, inUse, ages }) => {
  const gone = new Set(mayGo(holdings(standings, ages), { at, inUse }))
  for (const digest of inUse) expect(gone).not.toContain(digest)
  for (const one of standings) {
    expect(gone).not.toContain(one.newest.plan.candidateArtifact)
    expect(gone).not.toContain(one.newest.plan.stableArtifact)
    expect(gone).not.toContain(defaultTarget(one))
    const newestFive = [...new Set(one.succeeded.map(({ candidate }) => candidate))].slice(0, 5)
    for (const { candidate, candidateArtifact } of one.succeeded)
      if (newestFive.includes(candidate)) expect(gone).not.toContain(candidateArtifact)
  }
  ages.forEach((age, index) => {
    if (age < youngMs) expect(gone).not.toContain(bytesOf(index))
  })
})

property.prop([world])('what is kept is few: two sides, five releases and one more of each environment', (given) => {
  const ages = given.ages.map(() => youngMs)
  const kept = ages.length - mayGo(holdings(given.standings, ages), { at, inUse: given.inUse }).length
  expect(kept).toBeLessThanOrEqual(given.standings.length * 8 + given.inUse.size)
})

const succeeding = (count: number): readonly Deploy[] =>
  Array.from({ length: count }, (_, candidate) => ({ candidate, ending: 'Succeeded', back: false }))

const goneOf = (one: Standing): readonly Digest[] =>
  mayGo(
    {
      standings: [one],
      artifacts: Array.from({ length: 17 }, (_, index) => ({ digest: bytesOf(index), uploadedAt: old })),
    },
    { at, inUse: new Set() },
  )

test('of ten releases that succeeded the five newest stay', () => {
  const gone = goneOf(standingOf('production', succeeding(10), { phase: 'Succeeded' }))
  expect(gone).toEqual([0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 15, 16].map(bytesOf))
})

test('what a rollback goes to stays, however many releases were left since', () => {
  const left = [2, 3, 4, 5, 6, 7].flatMap((candidate): readonly Deploy[] => [
    { candidate, ending: 'Succeeded', back: false },
    { candidate: 1, ending: 'Succeeded', back: true },
  ])
  const gone = goneOf(standingOf('production', [...succeeding(2), ...left], { phase: 'Succeeded' }))
  expect(gone).not.toContain(bytesOf(0))
  expect(gone).toContain(bytesOf(2))
})

test('an upload waits an hour for its deploy, also when somebody set the clock back', () => {
  const artifacts = [at - youngMs, at - youngMs + 1, at + 1_000].map((uploadedAt, index) => ({
    digest: bytesOf(index),
    uploadedAt: uploadedAt as Instant,
  }))
  expect(mayGo({ standings: [], artifacts }, { at, inUse: new Set() })).toEqual([bytesOf(0)])
})

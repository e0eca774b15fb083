// Random histories for the laws of a rollout: any fact in any order, plausible or not.

import { fc } from '@fast-check/vitest'
import type { Trip } from '../analysis/decision.ts'
import type { Assessment } from '../analysis/judge.ts'
import { differenceCaps } from '../analysis/judge.ts'
import { usualErrors } from '../analysis/metric.ts'
import type { AppName, Digest, EnvironmentName, RolloutId, Version } from '../ids.ts'
import type { BadInstance } from '../routing/route.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import type { Observed, RolloutEvent, SeenRelease, SeenRouter } from './event.ts'
import type { Plan, Rollout } from './state.ts'
import { newCourse } from './state.ts'

export const v1 = 'v1' as Version
export const v2 = 'v2' as Version

export const plan: Plan = {
  kind: 'deploy',
  candidate: v2,
  candidateArtifact: 'sha256:2' as Digest,
  stable: v1,
  stableArtifact: 'sha256:1' as Digest,
  strategy: 'canary',
  steps: [
    { kind: 'setWeight', weight: ppm(10_000) },
    { kind: 'pause', forMs: 2_000 },
    { kind: 'setWeight', weight: ppm(500_000) },
    { kind: 'pause', forMs: null },
  ],
  candidateInstances: 2,
  stableInstances: 2,
  minExposure: { requests: 100, timeMs: 1_000 },
  alpha: 0.01,
  beta: 0.05,
  metrics: [usualErrors],
  unit: 'request',
  source: null,
  stepBudgetMs: 20_000,
  lowTraffic: 'pause',
  bake: { forMs: 5_000, holdback: ppm(50_000) },
  healthTimeoutMs: 10_000,
  drainMs: 3_000,
  standbyMs: 10_000,
  wayBack: { checked: ['v1 is present and verified'], notChecked: [] },
}

export const pending = (over: Partial<Plan> = {}): Rollout => ({
  phase: 'Pending',
  id: 7 as RolloutId,
  scope: { app: 'shop' as AppName, environment: 'production' as EnvironmentName },
  plan: { ...plan, ...over },
  since: 0 as Instant,
  generation: 1,
  ...newCourse,
})

export const trip: Trip = {
  metric: 'errors',
  rule: 'evidence',
  evidence: 400,
  limit: 100,
  candidate: { requests: 121, bad: 9 },
  stable: { requests: 1_100, bad: 1 },
  slowness: null,
  at: 1 as Instant,
  decisiveToZeroMs: 0.2,
}

export const whole: SeenRelease = { instances: 2, ready: 2, warm: 2, restarts: 0, lastExit: null, inFlight: 0 }

/** Errors by which every step may pass, unless the test says otherwise. */
export const errors = (over: Partial<Assessment> = {}): Assessment => ({
  metric: 'errors',
  evidence: 1,
  promotion: 20,
  failed: false,
  candidate: { requests: 1_000, bad: 0 },
  stable: { requests: 9_000, bad: 0 },
  slowness: null,
  difference: { lower: -0.004, upper: 0.004 },
  bounded: differenceCaps.map(({ most }) => ({ most, evidence: 20 })),
  noted: null,
  ...over,
})

/** One of v2's, as the edge found it. */
export const badInstance = (at: Instant): BadInstance => ({
  ...{ release: v2, instance: 'i-1', requests: 40, bad: 9, badOfAll: 10, at },
})

export const router = (over: Partial<SeenRouter> = {}): SeenRouter => ({
  stable: v1,
  candidate: v2,
  weight: ppm(0),
  lapsed: false,
  trip: null,
  hold: null,
  badInstance: null,
  requests: 0,
  metrics: [errors()],
  ...over,
})

export const seen = (at: number, over: Partial<Observed> = {}): Observed => ({
  kind: 'observed',
  at: at as Instant,
  placed: { kind: 'verified' },
  startProblem: null,
  releases: new Map([
    [v1, whole],
    [v2, whole],
  ]),
  router: router(),
  sources: null,
  ...over,
})

const at = fc.nat({ max: 120_000 }).map((ms) => ms as Instant)

const release: fc.Arbitrary<SeenRelease> = fc.nat({ max: 2 }).chain((instances) =>
  fc.record({
    instances: fc.constant(instances),
    ready: fc.nat({ max: instances }),
    warm: fc.nat({ max: instances }),
    restarts: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 4 }) }),
    lastExit: fc.constant(null),
    inFlight: fc.option(fc.nat({ max: 3 })),
  }),
)

const weights = [0, 10_000, 500_000, 950_000, 1_000_000].map(ppm)

const seenRouter: fc.Arbitrary<SeenRouter> = fc.record({
  stable: fc.constantFrom(v1, v1, v2, null),
  candidate: fc.constantFrom(v2, v2, null),
  weight: fc.constantFrom(...weights),
  lapsed: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  trip: fc.constant(null),
  hold: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.record({ reason: fc.constant('look'), at }) },
  ),
  badInstance: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: at.map((seenAt) => badInstance(seenAt)) },
  ),
  requests: fc.nat({ max: 1_000 }),
  metrics: fc
    .tuple(fc.constantFrom(0.1, 1, 19, 21), fc.constantFrom(1, 20), fc.constantFrom(false, false, false, true))
    .map(([evidence, promotion, failed]) => [errors({ evidence, promotion, failed })]),
})

export const anyObserved: fc.Arbitrary<Observed> = fc.record({
  kind: fc.constant('observed' as const),
  at,
  placed: fc.constantFrom(
    { kind: 'verified' as const },
    { kind: 'unknown' as const },
    { kind: 'impossible' as const, reason: 'gone' },
  ),
  startProblem: fc.oneof(
    { weight: 19, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant('no port') },
  ),
  releases: fc.tuple(release, release).map(
    ([one, two]) =>
      new Map([
        [v1, one],
        [v2, two],
      ]),
  ),
  router: fc.option(seenRouter),
  sources: fc.constant(null),
})

const byPerson = { at, actor: fc.constant('ada'), reason: fc.constant('') }

export const anyEvent: fc.Arbitrary<RolloutEvent> = fc.oneof(
  { weight: 8, arbitrary: anyObserved },
  {
    weight: 4,
    arbitrary: at.chain((when) =>
      fc.constantFrom(...weights).map((weight) => seen(when, { router: router({ weight, requests: when }) })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('takenUp' as const), at, awayMs: fc.constantFrom(0, 6_000, 3_600_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['aborted', 'rollbackAsked', 'paused', 'resumed', 'promoted', 'promotedFully'] as const),
      ),
      leg: fc.option(fc.nat({ max: plan.steps.length + 1 })),
      ...byPerson,
    }),
  },
)

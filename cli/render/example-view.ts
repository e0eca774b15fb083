// A rollout of v3 over v2 as the server tells it, for tests: 10 % in its second step, well so far. The start is 0, so that
// times are read at a glance.
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { ServerEvent } from '@humdrum/contract/client.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'

export const exampleView = (given: Partial<RolloutView> = {}): RolloutView => ({
  id: 'r-42',
  app: 'shop',
  environment: 'production',
  kind: 'deploy',
  release: 'v3',
  artifact: `sha256:3f9a1c0e2b4d${'0'.repeat(52)}`,
  from: 'v2',
  phase: 'Progressing',
  headline: '10 % of the traffic to v3',
  reason: null,
  step: 1,
  leg: 1,
  steps: [{ setWeight: 10_000 }, { setWeight: 100_000 }, { pauseMs: 30_000 }],
  wantedWeight: 100_000,
  weight: 100_000,
  generation: 4,
  startedAt: 0,
  since: 10_000,
  endedAt: null,
  asked: { by: 'ada', reason: '' },
  alpha: 0.01,
  limit: 100,
  minExposure: { requests: 200, timeMs: 120_000 },
  unit: 'request',
  bake: { forMs: 1_800_000, holdback: 50_000 },
  candidate: { requests: 121, bad: 0 },
  stable: { requests: 1_089, bad: 1 },
  rescued: 0,
  warnings: [],
  evidence: 0.62,
  beta: 0.05,
  promotionLimit: 20,
  metrics: [],
  sources: [],
  waitsFor: [],
  notes: [],
  trip: null,
  rejected: false,
  standbyUntil: null,
  wayBack: { checked: ['v2 is present and verified'], notChecked: ['queues'] },
  releases: [
    { release: 'v2', role: 'stable', instances: 2, ready: 2, restarts: 0, lastExit: null },
    { release: 'v3', role: 'candidate', instances: 2, ready: 2, restarts: 0, lastExit: null },
  ],
  ...given,
})

/** As the edge tripped it: 9 of 121 failed. */
export const exampleTrip = (
  given: Partial<NonNullable<RolloutView['trip']>> = {},
): NonNullable<RolloutView['trip']> => ({
  metric: 'errors',
  rule: 'evidence',
  evidence: 1_204,
  limit: 100,
  candidate: { requests: 121, bad: 9 },
  stable: { requests: 1_089, bad: 1 },
  slowness: null,
  at: 22_000,
  decisiveToZeroMs: 0.31,
  ...given,
})

export const progress = (given: Partial<RolloutView>): ServerEvent => ({
  kind: 'progress',
  rollout: exampleView(given),
})

type Change = { readonly generation: number; readonly at: number; readonly phase: Phase; readonly step?: number }

export const transition = (text: string, { generation, at, phase, step }: Change): ServerEvent => ({
  kind: 'transition',
  transition: {
    id: generation,
    rollout: 'r-42',
    app: 'shop',
    environment: 'production',
    generation,
    at,
    phase,
    step: step ?? null,
    text,
  },
})

type MetricView = RolloutView['metrics'][number]

/** What the errors of the example have come to. */
export const exampleMetric = (given: Partial<MetricView> = {}): MetricView => ({
  metric: 'errors',
  evidence: 0.62,
  promotion: 3.1,
  ...{ limit: 100, onFail: 'rollback', required: true, dryRun: false, status: 'Running' },
  candidate: { requests: 121, bad: 0 },
  stable: { requests: 1_089, bad: 1 },
  slowness: null,
  difference: { lower: -0.05, upper: 0.06 },
  noted: null,
  ...given,
})

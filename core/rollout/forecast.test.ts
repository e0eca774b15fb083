import { expect, test } from 'vitest'
import { requestsForErrors } from '../analysis/promotion-forecast.ts'
import { ppm } from '../time.ts'
import type { Exposure, NeedOf } from './forecast.ts'
import { forecastSteps, proposalYaml, propose, totalMs } from './forecast.ts'
import type { Step } from './state.ts'

const minute = 60_000
const setWeight = (percent: number): Step => ({ kind: 'setWeight', weight: ppm(percent * 10_000) })
const pause = (forMs: number | null): Step => ({ kind: 'pause', forMs })

const exposure = (given: Partial<Exposure> = {}): Exposure => ({
  steps: [1, 5, 25, 50].map(setWeight),
  minExposure: { requests: 200, timeMs: 2 * minute },
  stepBudgetMs: 30 * minute,
  beta: 0.05,
  bake: { forMs: 30 * minute, holdback: ppm(50_000) },
  ...given,
})
/** Nothing must be shown but the least exposure. */
const nothing: NeedOf = () => ({ requests: 0, by: 'errors' })
/** Stable never fails, and errors are all that is judged. */
const cleanly: NeedOf = ({ from, isLast }) => ({ requests: isLast ? requestsForErrors(0, from) : 0, by: 'errors' })

test('a step takes its least time, or as long as its requests take', () => {
  const steps = forecastSteps(exposure(), 100, nothing)
  expect(steps.map(({ forecastMs }) => forecastMs)).toEqual([200_000, 2 * minute, 2 * minute, 2 * minute])
  expect(steps.every(({ fits }) => fits)).toBe(true)
})

test('a pause keeps the weight, and one without an end is a time that nobody knows', () => {
  const steps = forecastSteps(exposure({ steps: [setWeight(10), pause(minute), pause(null)] }), 100, nothing)
  expect(steps.map(({ weight, forecastMs, fits }) => [weight, forecastMs, fits])).toEqual([
    [100_000, 2 * minute, true],
    [100_000, minute, true],
    [100_000, null, true],
  ])
  expect(totalMs(steps, null)).toBeNull()
})

test('a step that cannot see its requests within its budget does not fit', () => {
  // 1 % of 10 requests a second: 200 take 2,000 s, the step has 32 minutes.
  const steps = forecastSteps(exposure(), 10, nothing)
  expect(steps.map(({ fits }) => fits)).toEqual([false, true, true, true])
  expect(totalMs(steps, null)).toBeNull()
  expect(forecastSteps(exposure(), 11, nothing)[0]?.fits).toBe(true)
})

test('without any request no step fits, but one that wants none', () => {
  const never = { forecastMs: null, fits: false }
  expect(forecastSteps(exposure(), 0, nothing)).toMatchObject([never, never, never, never])
  const none = exposure({ steps: [setWeight(50)], minExposure: { requests: 0, timeMs: minute } })
  expect(forecastSteps(none, 0, nothing)).toMatchObject([{ forecastMs: minute, fits: true }])
})

test('what is shown at one step counts at the next: the last one waits for what is missing to the promotion', () => {
  const asked: Parameters<NeedOf>[0][] = []
  const noted: NeedOf = (one) => {
    asked.push(one)
    return cleanly(one)
  }
  const steps = [setWeight(10), pause(minute), setWeight(50), pause(minute)]
  const forecast = forecastSteps(exposure({ steps, minExposure: { requests: 100, timeMs: 1_000 } }), 10, noted)
  // 100 requests at 1 a second, and 60 in the pause.
  expect(asked[1]?.from).toEqual({
    before: [
      { weight: 0.1, requests: 100 },
      { weight: 0.1, requests: 60 },
    ],
    weight: 0.5,
    needed: 20,
  })
  expect(asked.map(({ isLast }) => isLast)).toEqual([false, true])
  const [first, , last, after] = forecast
  expect(first?.needs).toEqual({ requests: 100, by: 'exposure' })
  expect(last?.needs.by).toBe('errors')
  expect(last?.needs.requests).toBeGreaterThan(700)
  expect(last?.needs.requests).toBeLessThan(900)
  expect(last?.forecastMs).toBe(((last?.needs.requests ?? 0) / 5) * 1_000)
  expect(after).toMatchObject({ forecastMs: minute, needs: { requests: 0 } })
  const sum = 100_000 + minute + (last?.forecastMs ?? 0) + minute
  expect(totalMs(forecast, exposure().bake)).toBe(sum + 30 * minute)
})

test('what never can be shown has no forecast, and does not fit', () => {
  const never: NeedOf = ({ isLast }) => ({ requests: isLast ? null : 0, by: 'p99' })
  expect(forecastSteps(exposure(), 100, never)[3]).toMatchObject({
    ...{ needs: { requests: null, by: 'p99' }, forecastMs: null, fits: false },
  })
  expect(propose(exposure(), 100, never)?.kind).toBe('allAtOnce')
})

test('proposes nothing where all fits', () => {
  expect(propose(exposure(), 100, cleanly)).toBeNull()
})

test('leaves out the steps that do not fit, and keeps the pauses after the others', () => {
  const steps = [setWeight(1), pause(minute), setWeight(25), pause(null), setWeight(50)]
  expect(propose(exposure({ steps }), 2, cleanly)).toEqual({
    kind: 'steps',
    steps: [setWeight(25), pause(null), setWeight(50)],
    stepBudgetMs: null,
  })
})

test('gives a step more time where the promotion needs it, so that it fits then', () => {
  const proposal = propose(exposure(), 0.5, cleanly)
  if (proposal?.kind !== 'steps' || proposal.stepBudgetMs === null) throw new Error(JSON.stringify(proposal))
  const followed = exposure({ steps: proposal.steps, stepBudgetMs: proposal.stepBudgetMs })
  expect(propose(followed, 0.5, cleanly)).toBeNull()
})

test.for([0, 0.01])(
  'proposes everything at once with a bake where %d requests a second are too few for any step',
  (rate) => {
    expect(propose(exposure({ bake: null }), rate, cleanly)).toEqual({
      kind: 'allAtOnce',
      bake: { forMs: 30 * minute, holdback: 50_000 },
    })
  },
)

test('writes a proposal as it stands in humdrum.yaml', () => {
  expect(
    proposalYaml({
      kind: 'steps',
      steps: [setWeight(25), setWeight(0.5), pause(null), pause(1_500)],
      stepBudgetMs: 65 * minute,
    }),
  ).toBe(
    'rollout:\n  steps:\n    - setWeight: 25%\n    - setWeight: 0.5%\n    - pause: {}\n    - pause: 1500ms\n  stepBudget: 65m\n',
  )
  expect(proposalYaml({ kind: 'allAtOnce', bake: { forMs: 5_000, holdback: ppm(0) } })).toContain('{ for: 5s, ')
  expect(proposalYaml({ kind: 'allAtOnce', bake: { forMs: 1_500, holdback: ppm(0) } })).toBe(
    'rollout:\n  strategy: allAtOnce\n  bake: { for: 1500ms, holdback: 0% }\n',
  )
})

import { stripVTControlCharacters } from 'node:util'
import type { PlanView } from '@humdrum/contract/plan-view.ts'
import { expect, test } from 'vitest'
import { renderPlan } from './plan.ts'

const minute = 60_000
const stepOf = (weight: number, forecastMs: number | null, fits: boolean | null): PlanView['steps'][number] => ({
  ...{ step: { setWeight: weight }, weight, leastMs: 2 * minute, requests: 200, by: 'exposure', forecastMs, fits },
})

const example = (given: Partial<PlanView> = {}): PlanView => ({
  ...{ app: 'shop', environment: 'production', stable: 'v2', rollout: null, refusals: [], strategy: 'canary' },
  rejections: [{ digest: `sha256:3f9a1c0e2b4d${'0'.repeat(52)}`, rollout: 'r-3', reason: 'errors' }],
  warnings: [],
  notChecked: ['whether its bytes were rejected: they are known after the build'],
  steps: [stepOf(50_000, 3 * minute, true), { ...stepOf(500_000, 3 * minute, true), requests: 963, by: 'errors' }],
  lowTraffic: 'pause',
  bake: { forMs: 30 * minute, holdback: 50_000, catches: 0.0123 },
  totalMs: 36 * minute,
  traffic: {
    ...{ requestsPerSecond: 22.4, overMs: minute, stableRequests: 10_000, errorRate: 0.001, p50Ms: 10.1, p99Ms: 80 },
  },
  proposal: null,
  alternative: null,
  wayBack: { release: 'v2', checked: ['v2 is present and verified'], notChecked: ['queues'] },
  capacity: {
    ...{ present: { instances: 2, bytes: 1e8 }, candidate: { instances: 3, bytes: 1.5e8 } },
    ...{ memoryAvailable: 8e9, diskFree: 4e10, enough: true },
  },
  ...given,
})

const rendered = (given: Partial<PlanView> = {}): string => renderPlan(example(given), { colours: false })

test('says what serves, each step with its time, the way back and the room, and that nothing was changed', () => {
  expect(rendered()).toBe(`shop → production
now         v2 serves
artifact    not checked: whether its bytes were rejected: they are known after the build (3f9a1c0e2b4d by r-3)
traffic     22 requests/s over the last 1:00; v2: errors 0.1 % of 10,000 requests, p50 10 ms, p99 80 ms
step 1      5 %     about 3:00      200 requests, at least 2:00
step 2      50 %    about 3:00      about 963 requests to show that errors are no worse, at least 2:00
bake        30:00, v2 keeps 5 %; by itself it would most likely catch errors at 1.2 % or more
in all      about 36:00, without the build and the start of the instances
way back    to v2: v2 is present and verified. Not checked: queues
capacity    2 instances of v2 (100 MB) and 3 new instances (150 MB) at once; 8 GB of memory available, 40 GB of disk free

humdrum deploy would begin now; nothing was changed
`)
})

test('a refusal says why, with its code and what to do', () => {
  const refusal = {
    code: 'HD4101',
    title: 'a rollout is under way',
    detail: 'r-3 (Progressing)',
    next: 'humdrum abort',
  }
  const rollout = { id: 'r-3', phase: 'Progressing', headline: '5 % of the traffic to v3' }
  const text = rendered({ refusals: [refusal], rollout, wayBack: null })
  expect(text).toContain('now         v2 serves; r-3 is under way (Progressing: 5 % of the traffic to v3)\n')
  expect(text).toContain('refused     a rollout is under way: r-3 (Progressing)  [HD4101]\n            humdrum abort\n')
  expect(text).toContain('way back    to v2: not there now, as is said above\n')
  expect(text).toMatch(/\nhumdrum deploy would be refused now; nothing was changed\n$/)
})

test('a step that does not fit says so, and what fits can be pasted', () => {
  const text = rendered({
    steps: [stepOf(10_000, 40 * minute, false), stepOf(20_000, null, false)],
    totalMs: null,
    proposal: { yaml: 'rollout:\n  steps:\n    - setWeight: 50%\n', totalMs: 50 * minute },
  })
  expect(text).toMatch(/^step 1 {6}1 % {5}\? .*: that takes 40:00, longer than .*, so it would wait for a person$/m)
  expect(text).toMatch(/^step 2 .*no request comes/m)
  expect(text).toContain('in all      at this traffic it would wait for a person\n')
  expect(text).toContain(
    'What would, and takes about 50:00, under environments.production in humdrum.yaml:\n\n    rollout:\n      steps:\n        - setWeight: 50%\n',
  )
})

test.each([
  ['promote-if-clean', 'it would go on unproven if nothing at all spoke against it, and else wait for a person'],
  ['rollback', 'it would go back'],
] as const)('a step that does not fit is told by the policy for low traffic (%s)', (lowTraffic, words) => {
  const text = rendered({ lowTraffic, steps: [stepOf(10_000, 40 * minute, false)], totalMs: null })
  expect(text).toMatch(new RegExp(`longer than the step may last, so ${words}$`, 'm'))
  expect(text).toContain(`in all      at this traffic ${words}\n`)
})

test('where requests are few, everything at once with a watch is offered beside steps', () => {
  const text = rendered({
    proposal: { yaml: 'rollout:\n  steps:\n    - setWeight: 50%\n', totalMs: 50 * minute },
    alternative: { yaml: 'rollout:\n  strategy: allAtOnce\n', totalMs: 30 * minute },
  })
  expect(text).toContain(
    'So few requests are compared slowly. Without a comparison before full exposure, and takes about 30:00:\n\n    rollout:\n      strategy: allAtOnce\n',
  )
})

test('what is not known is not made up', () => {
  const unknown = {
    ...example().capacity,
    present: { instances: 0, bytes: null },
    candidate: { instances: 1, bytes: null },
  }
  const first = rendered({
    ...{ stable: null, traffic: null, steps: [], bake: null, totalMs: 0, wayBack: null },
    capacity: { ...unknown, enough: null },
  })
  expect(first).toContain('now         nothing serves here yet: this would be the first release\n')
  expect(first).toContain('in all      no time but the build and the start\n')
  expect(first).toContain('capacity    1 new instance at once; ')
  const unmeasured = rendered({ traffic: null, steps: [stepOf(50_000, null, null)], totalMs: null })
  expect(unmeasured).toMatch(/^step 1 {6}5 % {5}\? {15}200 requests, at least 2:00$/m)
  expect(unmeasured).toContain('in all      not known without the traffic\n')
})

test('says what can never be shown, and where a person is waited for', () => {
  const never = { ...stepOf(500_000, null, false), requests: null, by: 'p99' } as const
  expect(rendered({ steps: [never] })).toMatch(
    /^step 1 .*no number of requests to show that p99 is no worse, .*slow, so it/m,
  )
  const pause = { ...stepOf(50_000, null, true), step: { pauseMs: null }, leastMs: null, requests: 0 }
  expect(rendered({ steps: [pause], totalMs: null })).toContain('in all      as long as a person lets it wait\n')
})

test('says when the memory is not enough, in colours too', () => {
  const capacity = { ...example().capacity, enough: false }
  expect(rendered({ capacity })).toContain('not enough memory for both')
  expect(stripVTControlCharacters(renderPlan(example(), { colours: true }))).toBe(rendered())
})

test('a weight that follows the evidence says what it may cost', () => {
  const auto = (budget: { failedRequests: number } | { failedShare: number }) =>
    rendered({ steps: [{ ...stepOf(500_000, 3 * minute, true), step: { budget } }] })
  expect(auto({ failedRequests: 200 })).toContain(
    'step 1      rising  about 3:00      200 requests, at least 2:00, at a cost of 200 failed requests at most\n',
  )
  expect(auto({ failedShare: 100 })).toContain(', at a cost of 0.01 % failed requests at most\n')
})

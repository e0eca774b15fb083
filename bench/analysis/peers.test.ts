// Goal: the peers here decide as their sources say. Method: rank sums that were counted by hand, and told streams of minutes.
import { expect, test } from 'vitest'
import { rootOf } from './brent.ts'
import { shiftOf } from './mann-whitney.ts'
import type { Minute } from './panel.ts'
import { badPercent, badShare, failedMinutes, kayenta, latencyAt, peekingZ, quantileOf } from './peers.ts'

const none = { requests: 0, bad: 0 }

const minute = (candidateBad: number, sampleBad = 0): Minute => ({
  candidate: { requests: 100, bad: candidateBad },
  sample: { requests: 100, bad: sampleBad },
  candidateMs: [],
  sampleMs: [],
})

/** The minute, counted from 1, in which it acts. */
const actsAt = (watcher: ReturnType<typeof kayenta>, minutes: readonly Minute[]): number | null => {
  if (watcher.kind !== 'minute') throw new Error('it does not look at minutes')
  const index = minutes.findIndex((one) => watcher.see(one))
  return index < 0 ? null : index + 1
}

test('a root is found, and of a jump one of its sides', () => {
  expect(rootOf({ f: (x) => x ** 3 - 2, from: 0, to: 2, accuracy: 1e-12 })).toBeCloseTo(2 ** (1 / 3), 11)
  const jump = rootOf({ f: (x) => (x < 0.3 ? 1 : -3), from: -1, to: 1, accuracy: 1e-6 })
  expect(jump).toBeGreaterThan(0.299_99)
  expect(jump).toBeLessThan(0.3)
})

// Ten against ten, without ties: the differences are -9 to 9 apart from 100. The score is (U - 50 ∓ 0.5)/√(100·21/12), and
// √175 · 2.3263 + 0.5 = 31.3, so the interval's ends are where U changes from 82 to 81 and from 19 to 18 of 100 differences.
test("Mann and Whitney's interval is that which was counted by hand", () => {
  const control = Array.from({ length: 10 }, (_, index) => index)
  const experiment = control.map((value) => value + 100.5 + value / 1_000)
  const differences = experiment.flatMap((x) => control.map((y) => x - y)).sort((one, other) => one - other)
  const shift = shiftOf(experiment, control)
  expect(shift?.lower).toBeCloseTo(differences[18] ?? 0, 3)
  expect(shift?.upper).toBeCloseTo(differences[81] ?? 0, 3)
  expect(shift?.estimate).toBeGreaterThan((differences[49] ?? 0) - 1e-3)
  expect(shift?.estimate).toBeLessThan((differences[50] ?? 0) + 1e-3)
})

test('values that are all the same have no interval, and two constant arms differ by what they do', () => {
  expect(shiftOf([1, 1, 1], [1, 1])).toBeNull()
  expect(shiftOf([100, 100], [0, 0])).toEqual({ lower: 100, upper: 100, estimate: 100 })
})

test('Argo Rollouts fails with the first bad minute, or after failureLimit of them; Flagger at its threshold', () => {
  const minutes = [0, 5, 0, 0, 5, 5, 1, 5, 5].map((bad) => minute(bad))
  const at = (failures: number): number | null =>
    actsAt(failedMinutes({ measured: badShare, most: 0.01, failures }), minutes)
  expect([at(1), at(4), at(5), at(6)]).toEqual([2, 8, 9, null])
})

test('a minute without a request fails nobody, and one exactly at the threshold passes', () => {
  const watcher = failedMinutes({ measured: badShare, most: 0.01, failures: 1 })
  expect(actsAt(watcher, [{ ...minute(0), candidate: none }, minute(1), minute(2)])).toBe(3)
})

test('a quantile of latency is one that was measured', () => {
  expect(quantileOf([1, 2, 3, 4], 0.5)).toBe(2)
  expect(latencyAt(0.99)({ ...minute(0), candidateMs: [1, 2, 3, 500] })).toBe(500)
  expect(latencyAt(0.99)(minute(0))).toBeNull()
})

test('Kayenta judges every ten minutes, what is worse then and only then', () => {
  const worse = Array.from({ length: 30 }, (_, index) => minute(5 + (index % 3), 1 + (index % 2)))
  const plan = { compared: badPercent, everyMinutes: 10, tolerance: 0.25 }
  expect(actsAt(kayenta(plan), worse)).toBe(10)
  expect(actsAt(kayenta({ ...plan, tolerance: 1.5 }), worse)).toBeNull()
  const alike = Array.from({ length: 30 }, (_, index) => minute(1 + (index % 3), 1 + ((index + 1) % 3)))
  expect(actsAt(kayenta(plan), alike)).toBeNull()
  const better = Array.from({ length: 30 }, (_, index) => minute(index % 2, 5 + (index % 3)))
  expect(actsAt(kayenta(plan), better)).toBeNull()
})

test('the peeking test acts at a score of 2.33', () => {
  const watcher = peekingZ(0.01)
  if (watcher.kind !== 'counts') throw new Error('it looks at counts')
  // Pooled 2 %: the standard deviation of the difference is √(0.02 · 0.98 · 0.02) = 0.0198, and 0.04 is 2.02 of them.
  expect(watcher.see({ requests: 100, bad: 4 }, { requests: 100, bad: 0 })).toBe(false)
  // Pooled 3 %: √(0.03 · 0.97 · 0.02) = 0.0241, and 0.06 is 2.49.
  expect(watcher.see({ requests: 100, bad: 6 }, { requests: 100, bad: 0 })).toBe(true)
})

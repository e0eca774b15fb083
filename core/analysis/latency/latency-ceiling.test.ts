import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { blankCeiling, createLatencyCeiling } from './latency-ceiling.ts'

const limits = { quantile: 0.9, ms: 100 }

const after = (candidateMs: number, stableMs: number, requests = 200) => {
  const ceiling = createLatencyCeiling(blankCeiling(limits))
  for (let request = 0; request < requests; request += 1) {
    ceiling.count('candidate', candidateMs)
    ceiling.count('stable', stableMs)
  }
  return ceiling
}

test('the candidate alone above it is worse, both above share it, and below there is no verdict', () => {
  expect(after(100, 99).verdict()).toBe('worse')
  expect(after(100, 100).verdict()).toBe('shared')
  expect([after(99, 99).verdict(), after(99, 100).verdict()]).toEqual([null, null])
})

test('a few requests say nothing', () => {
  expect([after(500, 1, 2).verdict(), after(500, 1, 10).verdict()]).toEqual([null, null])
})

test('what both share after the weight has grown is no slowness of the candidate, however quick stable was before', () => {
  const ceiling = createLatencyCeiling(blankCeiling(limits))
  const second = (candidates: number, stables: number, slowOf10: number): void => {
    for (let request = 0; request < candidates; request += 1)
      ceiling.count('candidate', request % 10 < slowOf10 ? 150 : 9)
    for (let request = 0; request < stables; request += 1) ceiling.count('stable', request % 10 < slowOf10 ? 150 : 9)
    ceiling.turn()
  }
  for (let at = 0; at < 300; at += 1) second(1, 99, 0)
  for (let at = 0; at < 20; at += 1) second(50, 50, 5)
  expect(ceiling.verdict()).toBe('shared')
})

property.prop([fc.array(fc.tuple(fc.constantFrom('candidate' as const, 'stable' as const), fc.nat({ max: 200 })))])(
  'counts what took as long or longer, and survives JSON',
  (told) => {
    const ceiling = createLatencyCeiling(blankCeiling(limits))
    for (const [arm, ms] of told) ceiling.count(arm, ms)
    const bad = told.filter(([arm, ms]) => arm === 'stable' && ms >= 100).length
    expect(ceiling.state().stable).toEqual({ requests: told.filter(([arm]) => arm === 'stable').length, bad })
    const resumed = createLatencyCeiling(JSON.parse(JSON.stringify(ceiling.state())))
    expect([resumed.verdict(), resumed.state()]).toEqual([ceiling.verdict(), ceiling.state()])
  },
)

// Goal: a judge that got worse is noticed, and figures have the shape that was promised. Method: cells of broken judges, and a
// small part of the real comparison on one and on two threads.
import { expect, test } from 'vitest'
import { caseNamed, chosen } from './all-cases.ts'
import { verdicts } from './bars.ts'
import type { Cell } from './cell.ts'
import { cellOf } from './cell.ts'
import { simulate } from './pool.ts'
import { printed } from './report.ts'

const cellFor = (name: string, found: readonly (number | null)[], alpha = 0.01): Cell => {
  const one = caseNamed(name)
  const column = one.columns.find((each) => each.method === 'humdrum' && each.alpha === alpha)
  if (column === undefined) throw new Error(`'${name}' is not judged at ${alpha}`)
  return cellOf(one, column, found)
}

const times = <Value>(count: number, value: Value): readonly Value[] => Array.from({ length: count }, () => value)
const missed = (cells: readonly Cell[]): readonly string[] =>
  verdicts(cells, []).flatMap(({ bar, isMissed }) => (isMissed ? [bar] : []))

const healthy = 'nulls: 0.1 % errors, weight 10 %'

test('false rollbacks are missed from two standard errors above 1 % on', () => {
  const of = (share: number): Cell => cellFor(healthy, [...times(share, 10), ...times(2_000 - share, null)])
  expect(missed([of(28)])).toEqual([])
  expect(missed([of(29)])).toEqual(['false rollback at alpha 1 %, every cell: at most 1 % and two standard errors'])
})

test('a judge that never finds anything is missed, not passed over', () => {
  const blind = ['0 % to 100 %, weight 1 %', '0.1 % to 1 %, weight 10 %'].map((name) =>
    cellFor(`detection: ${name}`, times(10, null)),
  )
  expect(missed(blind)).toHaveLength(3)
  expect(missed([cellFor('latency: p99 × 2, weight 10 %', times(10, 391))])).toHaveLength(1)
  expect(missed([cellFor('latency: p99 × 2, weight 10 %', times(10, 390))])).toEqual([])
})

test('efficiency is the limit over the mean, and each cell has its own bar', () => {
  const cell = cellFor('detection: 0.1 % to 5 %, weight 1 %', times(10, 60))
  expect(cell.limit).toBeCloseTo(33.5, 1)
  expect(cell.efficiency).toBeCloseTo(33.5 / 60, 3)
  expect(missed([cell])).toEqual(['efficiency for errors, mean over the cells: at least 0.75'])
  expect(missed([cellFor('detection: 0.1 % to 5 %, weight 10 %', times(10, 90))])).toHaveLength(2)
})

test('promotions exactly at the margin are held to 5 %, others are not', () => {
  const always = times(100, 1_000)
  expect(missed([cellFor('promotion: 0.1 % to 0.6 %, margin 0.5 points', always, 0.05)])).toHaveLength(1)
  expect(missed([cellFor('promotion: 0.1 % to 0.1 %, margin 0.5 points', always, 0.05)])).toEqual([])
})

test('quantiles count those that never came, the mean does not', () => {
  const cell = cellFor('detection: 0.1 % to 1 %, weight 10 %', [10, 20, 30, null, null])
  expect(cell).toMatchObject({ rolledBack: 0.6, median: 30, p95: null, mean: 20, runs: 5 })
  expect(cell.se).toBeCloseTo(10 / Math.sqrt(3), 12)
})

test('cells have the promised shape, the same on one thread and on two', async () => {
  const cases = chosen({ only: 'detection: 0.1 % to 5 %, weight 10 %', long: false })
  const plan = { cases, runs: 60, seed: 1, progress: () => undefined }
  const cells = await simulate({ ...plan, threads: 2 })
  expect(await simulate({ ...plan, threads: 1 })).toEqual(cells)
  expect(cells[0]).toMatchObject({
    ...{ kind: 'detect', method: 'humdrum', metric: 'errors', p0: 0.001, p1: 0.05, weight: 0.1, alpha: 0.01 },
    ...{ runs: 60, rolledBack: 1 },
  })
  for (const figure of ['median', 'p95', 'mean', 'se', 'limit', 'efficiency'] as const) {
    expect(cells[0]?.[figure]).toBeGreaterThan(0)
  }
  expect(cells.at(-1)).toMatchObject({ method: 'peeking z-test', limit: null, efficiency: null })
  expect(printed({ cells, costs: [], verdicts: [] })).toContain('| 0.1 % to 5 %, weight 10 % | 50 ')
})

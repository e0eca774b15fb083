// What the judges must reach, and whether they do. A bar that no cell was measured for is not missed: a part of the
// comparison may be asked for.
import type { Cell } from './cell.ts'
import type { Cost } from './cost.ts'

export type Verdict = { readonly bar: string; readonly reached: string; readonly isMissed: boolean }

const isOurs = ({ method }: Cell): boolean => method === 'humdrum'
const about = ({ case: name }: Cell): string => name

/** A share over so many runs is still taken for `most` at this: two standard errors above it. */
const stillAt = (most: number, runs: number): number => most + 2 * Math.sqrt((most * (1 - most)) / runs)

const inPercent = (share: number): string => `${(100 * share).toFixed(2)} %`

/** Each of the cells is held against the bar; the worst one is told. */
const atMost = (
  bar: string,
  cells: readonly Cell[],
  {
    value,
    most,
    told,
  }: Readonly<{ value: (cell: Cell) => number; most: (cell: Cell) => number; told: (value: number) => string }>,
): readonly Verdict[] => {
  const worst = cells.toSorted((one, other) => value(other) / most(other) - value(one) / most(one))[0]
  if (worst === undefined) return []
  const reached = `${told(value(worst))} of ${told(most(worst))} (${about(worst)})`
  return [{ bar, reached, isMissed: !(value(worst) <= most(worst)) }]
}

const falseRollbacks = (cells: readonly Cell[]): readonly Verdict[] =>
  atMost(
    'false rollback at alpha 1 %, every cell: at most 1 % and two standard errors',
    cells.filter((cell) => isOurs(cell) && cell.kind === 'null' && cell.alpha === 0.01),
    { value: ({ rolledBack }) => rolledBack, most: ({ runs }) => stillAt(0.01, runs), told: inPercent },
  )

const atMargin = new Set(['0.001 0.006', '0.01 0.015', '0.02 0.03'])

const wrongPromotions = (cells: readonly Cell[]): readonly Verdict[] =>
  atMost(
    'wrong promotion exactly at the margin, beta 5 %: at most 5 % and two standard errors',
    cells.filter((cell) => isOurs(cell) && cell.kind === 'promote' && atMargin.has(`${cell.p0} ${cell.p1}`)),
    { value: ({ rolledBack }) => rolledBack, most: ({ runs }) => stillAt(0.05, runs), told: inPercent },
  )

const judgedForEfficiency = new Set(['0.001 0.01', '0.001 0.05', '0.01 0.02', '0.01 0.05', '0.001 0.003'])

const efficiency = (cells: readonly Cell[]): readonly Verdict[] => {
  const judged = cells.filter(
    (cell) =>
      isOurs(cell) &&
      cell.table === 'detection' &&
      cell.alpha === 0.01 &&
      judgedForEfficiency.has(`${cell.p0} ${cell.p1}`),
  )
  if (judged.length === 0) return []
  const mean = judged.reduce((sum, cell) => sum + (cell.efficiency ?? 0), 0) / judged.length
  const least = ({ p1, weight }: Cell): number => (p1 === 0.05 && weight === 0.01 ? 0.5 : 0.6)
  const lowest = (cell: Cell): number =>
    cell.p0 === 0.001 ? (cell.efficiency ?? 0) / least(cell) : (cell.efficiency ?? 0) / 0.6
  const worst = judged.toSorted((one, other) => lowest(one) - lowest(other))[0]
  return [
    {
      bar: 'efficiency for errors, mean over the cells: at least 0.75',
      ...{ reached: mean.toFixed(3), isMissed: !(mean >= 0.75) },
    },
    {
      bar: 'efficiency for errors, each cell: at least 0.6 (0.1 to 5 % at 1 %: 0.5)',
      reached: worst === undefined ? '' : `${(worst.efficiency ?? 0).toFixed(3)} (${about(worst)})`,
      isMissed: worst === undefined || !(lowest(worst) >= 1),
    },
  ]
}

/** Candidate requests in the median, at alpha 1 %. */
const medians: readonly (readonly [name: string, most: number])[] = [
  ['detection: 0 % to 100 %, weight 1 %', 3],
  ['detection: 0 % to 100 %, weight 10 %', 4],
  ['detection: 0 % to 100 %, weight 50 %', 10],
  ['latency: p99 × 1.5, weight 10 %', 950],
  ['latency: p99 × 2, weight 10 %', 390],
  ['latency: median + 10 %, weight 10 %', 2_000],
]

const soonEnough = (cells: readonly Cell[]): readonly Verdict[] =>
  medians.flatMap(([name, most]) =>
    atMost(
      `${name}: at most ${most} candidate requests in the median`,
      cells.filter((cell) => isOurs(cell) && cell.alpha === 0.01 && about(cell) === name),
      { value: ({ median }) => median ?? Infinity, most: () => most, told: String },
    ),
  )

const cheapEnough = (costs: readonly Cost[]): readonly Verdict[] =>
  costs
    .filter((cost): cost is Cost & { reach: number } => cost.reach !== null)
    .map(({ what, value, unit, reach }) => ({
      bar: `${what}: at most ${reach} ${unit}`,
      ...{ reached: `${value} ${unit}`, isMissed: !(value <= reach) },
    }))

export const verdicts = (cells: readonly Cell[], costs: readonly Cost[]): readonly Verdict[] => [
  ...falseRollbacks(cells),
  ...efficiency(cells),
  ...soonEnough(cells),
  ...wrongPromotions(cells),
  ...cheapEnough(costs),
]

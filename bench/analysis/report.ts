// The figures as people read them: tables of cases by methods, in Markdown, and the bars with what was reached.

import type { Verdict } from './bars.ts'
import type { Table } from './case.ts'
import { tables } from './case.ts'
import type { Cell } from './cell.ts'
import type { Cost } from './cost.ts'

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const figure = (value: number | null): string => (value === null ? 'never' : whole.format(value))
const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`

const columnOf = ({ method, alpha, kind }: Cell): string =>
  alpha === null ? method : `${method}, ${kind === 'promote' ? 'beta' : 'alpha'} ${percent(alpha)}`

/** `523 / 1,364, mean 599 ± 8.8, 71 %`: median, p95, mean with its standard error, and what of the limit is reached. */
const textOf = (cell: Cell): string => {
  const { kind, rolledBack, median, p95, mean, se, efficiency } = cell
  const when = median === null ? '' : ` (${figure(median)} / ${figure(p95)})`
  if (kind === 'null' || rolledBack < 1)
    return `${percent(rolledBack)}${kind === 'null' && rolledBack < 0.5 ? '' : when}`
  const about = `${figure(median)} / ${figure(p95)}`
  return efficiency === null || mean === null
    ? about
    : `${about}, mean ${figure(mean)} ± ${Number((se ?? 0).toPrecision(2))}, ${percent(Number(efficiency.toFixed(2)))}`
}

/** Of whoever is asked for it first: a table's rows have the columns of all of them. */
const unique = (values: readonly string[]): readonly string[] => [...new Set(values)]

/** In columns that stand below each other, as a terminal shows them; Markdown all the same. */
const aligned = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`
  const [head = '', ...rest] = rows.map(line)
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rest]
}

const tableOf = (table: Table, cells: readonly Cell[]): readonly string[] => {
  const mine = cells.filter((cell) => cell.table === table)
  if (mine.length === 0) return []
  const columns = unique(mine.map(columnOf))
  const limits = mine.some(({ limit, alpha }) => limit !== null && alpha === 0.01)
  const rows = unique(mine.map((cell) => cell.case)).map((name) => {
    const ofCase = mine.filter((cell) => cell.case === name)
    const limit = ofCase.find((cell) => cell.limit !== null && cell.alpha === 0.01)?.limit ?? null
    const texts = columns.map((column) => {
      const cell = ofCase.find((one) => columnOf(one) === column)
      return cell === undefined ? '' : textOf(cell)
    })
    return [
      name.replace(/^\w+: /, ''),
      ...(limits ? [limit === null ? '' : limit < 10 ? limit.toFixed(1) : figure(limit)] : []),
      ...texts,
    ]
  })
  const heads = ['', ...(limits ? ['limit at 1 %'] : []), ...columns]
  return ['', `### ${tables[table]}`, '', ...aligned([heads, ...rows])]
}

const costsOf = (costs: readonly Cost[]): readonly string[] => {
  if (costs.length === 0) return []
  const rows = costs.map(({ what, value, unit, reach }) => [
    ...[what, reach === null ? '' : `≤ ${reach} ${unit}`, `${value} ${unit}`],
  ])
  return ['', '### Cost', '', ...aligned([['', 'reach', 'measured'], ...rows])]
}

export type Report = {
  readonly cells: readonly Cell[]
  readonly costs: readonly Cost[]
  readonly verdicts: readonly Verdict[]
}

export const printed = ({ cells, costs, verdicts }: Report): string => {
  const bars = verdicts.map(({ bar, reached, isMissed }) => [isMissed ? 'missed' : 'reached', bar, reached])
  return [
    ...(Object.keys(tables) as Table[]).flatMap((table) => tableOf(table, cells)), // the keys of the table of tables
    ...costsOf(costs),
    ...['', '### What was to be reached', '', ...aligned([['', 'bar', 'measured'], ...bars]), ''],
  ].join('\n')
}

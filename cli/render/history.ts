// Rollouts that were, as a table for a terminal and as lines for a pipe. Why something ended as it did stands under it, in
// the words of the server. Pure; the time is given.
import type { RolloutView } from '@humdrum/contract/api.ts'
import { visible } from '@humdrum/contract/config/problem.ts'
import { formatDuration } from '@humdrum/core/time.ts'
import { plainTable } from './plain-table.ts'
import { paintPhase } from './status.ts'

export type HistoryLook = { readonly now: number; readonly colours: boolean }

export const renderHistory = (rollouts: readonly RolloutView[], { now, colours }: HistoryLook): string => {
  const head = ['id', 'when', 'app', 'environment', 'kind', 'release', 'outcome', 'took', 'by']
  const cells = rollouts.map((view) => [
    view.id,
    timeOf(view).replace('T', ' '),
    view.app,
    view.environment,
    view.kind,
    wayOf(view),
    paintPhase(view.phase, colours),
    tookOf(view, now),
    visible(view.asked?.by ?? '–'),
  ])
  const [first = '', ...rows] = plainTable(head, cells, colours)
  const lines = rows.flatMap((row, index) => {
    const why = whyOf(rollouts[index])
    return why === '' ? [row] : [row, `  ${why}`]
  })
  return `${[first, ...lines].join('\n')}\n`
}

/** `r-42  2026-11-23T21:23:55Z  shop → production  deploy v2 → v3  RolledBack  took 2:04  asked by ada  errors: …`. */
export const renderHistoryLine = (view: RolloutView, now: number): string => {
  const asked = view.asked === null ? [] : [`asked by ${visible(view.asked.by)}`]
  const why = whyOf(view)
  return [
    view.id,
    timeOf(view),
    `${view.app} → ${view.environment}`,
    `${view.kind} ${wayOf(view)}`,
    view.phase,
    `took ${tookOf(view, now)}`,
    ...asked,
    ...(why === '' ? [] : [why]),
  ].join('  ')
}

const timeOf = ({ startedAt }: RolloutView): string => new Date(startedAt).toISOString().replace(/\.\d+Z$/, 'Z')

const wayOf = ({ from, release }: RolloutView): string => `${from ?? '–'} → ${release}`

const tookOf = ({ startedAt, endedAt }: RolloutView, now: number): string =>
  endedAt === null
    ? `${formatDuration(Math.max(0, now - startedAt))} so far`
    : formatDuration(Math.max(0, endedAt - startedAt))

/** What was said when it was asked for, then what became of it. */
const whyOf = (view: RolloutView | undefined): string =>
  [view?.asked?.reason ?? '', view?.reason ?? '']
    .filter((words) => words !== '')
    .map(visible)
    .join('; ')

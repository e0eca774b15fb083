// What runs where, as a table and a few sentences. Pure; the time is given.
import type { RolloutView, StatusView } from '@humdrum/contract/api.ts'
import { visible } from '@humdrum/contract/config/problem.ts'
import { diskWarning } from '@humdrum/core/disk.ts'
import { formatEvidence } from '@humdrum/core/rollout/explain.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { formatDuration, formatPercent, ppm } from '@humdrum/core/time.ts'
import { createColors } from 'picocolors'
import { observationLine } from './observation.ts'
import { plainTable } from './plain-table.ts'
import { count } from './words.ts'

export type StatusLook = { readonly now: number; readonly colours: boolean }

type EnvironmentView = StatusView['environments'][number]
type ReleaseView = RolloutView['releases'][number]

export const renderStatus = (status: StatusView, { now, colours }: StatusLook): string => {
  const observed = status.observations.map(observationLine)
  const foot = [...observed, ...(observed.length > 0 ? [''] : []), processWords(status, now)].join('\n')
  if (status.environments.length === 0 && observed.length > 0) return `${foot}\n`
  if (status.environments.length === 0) {
    return `nothing was deployed here yet\n  go to the folder of an app and say: humdrum deploy\n\n${foot}\n`
  }
  const head = ['app', 'environment', 'stable', 'rollout', 'phase', 'weight', 'evidence', 'since']
  const cells = status.environments.map((view) => rowOf(view, { now, colours }))
  const rows = plainTable(head, cells, colours)
  return `${[...rows, '', ...status.environments.flatMap((view) => detailsOf(view, now)), foot].join('\n')}\n`
}

/** One line per change of an environment, for a pipe. */
export const renderStatusLine = ({ app, environment, stable, rollout }: EnvironmentView): string =>
  `${app} → ${environment}  ${rollout.id} ${rollout.phase}: ${rollout.headline}; stable ${stable ?? 'none'}`

const rowOf = ({ app, environment, stable, rollout }: EnvironmentView, { now, colours }: StatusLook): string[] => {
  const { phase, step, steps, weight } = rollout
  const stepWords = phase === 'Progressing' && step !== null ? ` ${step + 1} of ${steps.length}` : ''
  const judged = rollout.from !== null && rollout.kind === 'deploy'
  return [
    app,
    environment,
    stable ?? '–',
    `${rollout.id} ${rollout.release}`,
    `${paintPhase(phase, colours)}${stepWords}`,
    weight === null ? '?' : formatPercent(ppm(weight)),
    judged ? formatEvidence(rollout.evidence) : '–',
    formatDuration(Math.max(0, now - rollout.since)),
  ]
}

export const paintPhase = (phase: RolloutView['phase'], colours: boolean): string => {
  const paint = createColors(colours)
  if (phase === 'Succeeded') return paint.green(phase)
  if (phase === 'Failed' || phase === 'RolledBack' || phase === 'RollingBack') return paint.red(phase)
  return phase === 'Paused' || phase === 'NeedsHuman' || phase === 'Frozen' ? paint.yellow(phase) : phase
}

const detailsOf = ({ app, environment, rollout }: EnvironmentView, now: number): readonly string[] => [
  `${app} → ${environment}: ${rollout.headline}`,
  ...rollout.releases
    .filter(({ instances }) => instances > 0)
    .map((release) => `${releaseWords(release)}${release.role === 'standby' ? standbyWords(rollout, now) : ''}`),
  ...rollout.warnings.map((words) => `  warning: ${visible(words)}`),
  ...(isOver(rollout) || rollout.reason === null || rollout.headline.includes(rollout.reason)
    ? []
    : [`  ${rollout.reason}`]),
  ...(isOver(rollout) ? [] : [...rollout.waitsFor.map((words) => `  waits: ${words}`)]),
  ...rollout.notes.map((words) => `  ${words}`),
  '',
]

const releaseWords = ({ release, role, instances, ready, restarts, lastExit }: ReleaseView): string => {
  const again = restarts === 0 ? '' : `, ${count(restarts, 'restart')}`
  const why = ready >= instances || lastExit === null ? '' : `; the last trouble: ${visible(lastExit)}`
  return `  ${release} (${role})  ${ready} of ${count(instances, 'instance')} ready${again}${why}`
}

const standbyWords = ({ standbyUntil }: RolloutView, now: number): string =>
  `, warm for another ${formatDuration(Math.max(0, (standbyUntil ?? now) - now))}: humdrum rollback goes back at once`

const processWords = ({ server, edge, disks }: StatusView, now: number): string => {
  const state = edge.reachable ? '' : '  does not answer the server (what it serves, it goes on serving)'
  const uptime = formatDuration(Math.max(0, now - server.startedAt))
  const lines = [`server  ${server.url}  ${server.version}, up ${uptime}`, `edge    ${edge.url}${state}`]
  const warnings = disks.map((disk) => diskWarning({ ...disk, used: ppm(disk.used) })).filter((words) => words !== null)
  return [...lines, ...warnings.map((words) => `disk    ${words}`)].join('\n')
}

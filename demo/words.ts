// What the demo says around the timelines of its rollouts. Pure.
import { formatDuration, formatPercent, ppm } from '@humdrum/core/time.ts'
import type { OwnConfig } from './own-config.ts'
import type { Tally } from './tally.ts'

/** What is shown, and by which times: they are the demo's own. */
export const introduction = ({ run, environment }: OwnConfig, shopUrl: string): string => {
  const { rollout, target } = environment
  const { minExposure, alpha } = rollout.analysis
  const steps = rollout.steps.flatMap((step) => (step.kind === 'setWeight' ? [formatPercent(step.weight)] : []))
  const bake = rollout.bake ?? { forMs: 0, holdback: ppm(0) }
  return [
    `A server, an edge and ${target.instances} instances of examples/shop on ${shopUrl}, users at random, good and bad releases.`,
    `Its times are short, so that it ends in a minute: ${formatDuration(run.health.timeoutMs)} to become ready, steps of ${steps.join(' and ')} for at least`,
    `${formatDuration(minExposure.timeMs)} and ${minExposure.requests} requests, a bake of ${formatDuration(bake.forMs)} with ${formatPercent(bake.holdback)} held back. Alpha is the default, ${formatPercent(alpha)}.`,
  ].join('\n')
}

const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`

/** What the users saw until now. */
export const userWords = (tally: Tally, perSecond: number): string =>
  `${count(tally.requests(), 'request')}, ${Math.round(perSecond)} a second; ${count(tally.errors(), 'error')}, ${tally.dropped()} dropped`

export type LeftRunning = { readonly shopUrl: string; readonly home: string; readonly folders: readonly string[] }

export const leftRunning = ({ shopUrl, home, folders }: LeftRunning): string =>
  [
    'It goes on running, users included:',
    `  the shop         ${shopUrl}`,
    `  how it is        npx humdrum status --home ${home}`,
    `  stop everything  npx humdrum down --home ${home}`,
    `  then tidy up     chmod -R u+w ${folders.join(' ')}; rm -r ${folders.join(' ')}`,
  ].join('\n')

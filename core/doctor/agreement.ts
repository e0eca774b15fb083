// Whether the edge does what the store wants, and whether what should serve is ready. Pure. The reports must be older than
// the rollouts: then an edge that is ahead of the store is no race.

import type { Mismatch } from '../analysis/errors/split-check.ts'
import type { RolloutId, Version } from '../ids.ts'
import { rolloutName, scopeKey } from '../ids.ts'
import { wantedWeight } from '../rollout/desired.ts'
import { mismatchWords } from '../rollout/explain.ts'
import type { Rollout } from '../rollout/state.ts'
import { isOver, stableAfter } from '../rollout/state.ts'
import type { RouteReport } from '../routing/route.ts'
import { formatPercent } from '../time.ts'
import type { Finding } from './finding.ts'
import { broken, fine, look } from './finding.ts'

/** `newest`: the newest rollout of every environment. */
export const judgeAgreement = (
  newest: readonly Rollout[],
  reports: readonly RouteReport[],
): readonly [Finding, ...Finding[]] => {
  const problems = [
    ...newest.flatMap((rollout) => disagreement(rollout, reportOf(rollout, reports)) ?? []),
    ...reports
      .filter((report) => !newest.some(({ scope }) => scopeKey(scope) === scopeKey(report)))
      .map((report) => strange(report, Math.max(0, ...newest.map(({ id }) => id)))),
  ]
  const [first, ...rest] = problems
  const agreed = { id: 'edge.agrees', says: `${environments(newest.length)}: routes, orders and weights are as wanted` }
  return first === undefined ? [fine(agreed)] : [first, ...rest]
}

const environments = (count: number): string => `${count} ${count === 1 ? 'environment' : 'environments'}`

const reportOf = ({ scope }: Rollout, reports: readonly RouteReport[]): RouteReport | undefined =>
  reports.find((report) => scopeKey(report) === scopeKey(scope))

const disagreement = (rollout: Rollout, report: RouteReport | undefined): Finding | null => {
  const told = { id: 'edge.agrees', of: scopeKey(rollout.scope) }
  if (report === undefined)
    return look({
      ...told,
      says: 'the edge has no route of it',
      next: 'look again in a moment; else the server log says why',
    })
  const { fence } = report
  const isNewer = fence.rollout > rollout.id || (fence.rollout === rollout.id && fence.generation > rollout.generation)
  if (isNewer) return olderStore(told, report, rollout.id)
  if (isOver(rollout) || report.candidate !== rollout.plan.candidate) return null
  if (report.lapsed) {
    const says = `the grant of ${report.candidate} lapsed: stable has the traffic`
    return look({ ...told, says, next: 'the server grants it anew within seconds; else the server log says why' })
  }
  const wanted = wantedWeight(rollout)
  if (report.weight === wanted) return null
  const says = `the edge gives ${report.candidate} ${formatPercent(report.weight)}, wanted are ${formatPercent(wanted)}`
  return look({ ...told, says, next: 'right while instances are missing or a step begins; humdrum status tells more' })
}

type Told = { readonly id: string; readonly of: string }

/** The edge refuses what is older than its newest order (HD5003): nothing that is wanted would ever be done. */
const olderStore = (told: Told, { fence }: RouteReport, known: number): Finding =>
  broken({
    ...told,
    says: `the edge follows ${rolloutName(fence.rollout)} at ${fence.generation}, newer than the store's ${known === 0 ? 'none' : rolloutName(known as RolloutId)}: the store is older than its edge`,
    next: 'put the newer store back; or humdrum down, remove edge/table.json from the home, humdrum up',
  })

const strange = (report: RouteReport, newestId: number): Finding => {
  const told = { id: 'edge.agrees', of: scopeKey(report) }
  if (report.fence.rollout > newestId) return olderStore(told, report, newestId)
  return look({
    ...told,
    says: 'the edge has a route that the store does not know',
    next: 'humdrum down and humdrum up',
  })
}

/** A release as it was last seen. */
export type SeenInstances = {
  readonly release: Version
  readonly ready: number
  readonly restarts: number
  readonly lastExit: string | null
}

/** What serves now: the stable release of the environment. */
/** What the edge counted that is not split as it was drawn; null where nothing is wrong. */
export const judgeSplit = (rollout: Rollout, mismatch: Mismatch | null): Finding | null =>
  mismatch === null || isOver(rollout)
    ? null
    : look({
        ...{ id: 'edge.split', of: scopeKey(rollout.scope), says: mismatchWords(mismatch) },
        next: 'the judge goes by what was counted: see whether clients give up on one release before it answers, and report it otherwise',
      })

export const judgeInstances = (rollout: Rollout, seen: readonly SeenInstances[]): Finding | null => {
  const release = stableAfter(rollout)
  const found = seen.find((one) => one.release === release)
  if (release === null || found === undefined) return null
  const { plan, scope } = rollout
  const wanted = release === plan.candidate ? plan.candidateInstances : plan.stableInstances
  const again =
    found.restarts === 0 ? '' : `, started again ${found.restarts === 1 ? 'once' : `${found.restarts} times`}`
  const last = found.lastExit === null ? '' : `; the last one ${found.lastExit}`
  const told = { id: 'instances', of: scopeKey(scope), says: `${found.ready} of ${wanted} of ${release} ready${again}` }
  const withNext = { ...told, says: `${told.says}${last}`, next: `humdrum logs ${scope.app} --release ${release}` }
  if (found.ready === 0) return broken(withNext)
  return found.ready < wanted || found.restarts > 0 ? look(withNext) : fine(told)
}

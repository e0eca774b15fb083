// What a deploy would do, as people read it. Pure. A forecast is for a candidate that is as good as stable.

import { visible } from '@humdrum/contract/config/problem.ts'
import type { PlanView } from '@humdrum/contract/plan-view.ts'
import { formatBytes } from '@humdrum/core/bytes.ts'
import { formatDuration, formatPercent, ppm } from '@humdrum/core/time.ts'
import { createColors } from 'picocolors'
import { count, labelled, shortDigest } from './words.ts'

export const renderPlan = (plan: PlanView, { colours }: { readonly colours: boolean }): string => {
  const paint = createColors(colours)
  const lines = [
    paint.bold(`${plan.app} → ${plan.environment}`),
    labelled('now', nowWords(plan)),
    ...plan.refusals.flatMap(({ code, title, detail, next }) => [
      paint.red(labelled('refused', visible(`${title}: ${detail}  [${code}]`))),
      labelled('', visible(next)),
    ]),
    ...plan.warnings.map((warning) => paint.yellow(labelled('warning', visible(warning)))),
    labelled('artifact', artifactWords(plan)),
    labelled('traffic', trafficWords(plan)),
    ...plan.steps.map((step, index) => labelled(`step ${index + 1}`, stepWords(step, plan.lowTraffic))),
    labelled('bake', bakeWords(plan)),
    labelled('in all', totalWords(plan)),
    labelled('way back', wayBackWords(plan)),
    labelled('capacity', capacityWords(plan)),
  ]
  return `${lines.join('\n')}\n${proposalWords(plan)}${endWords(plan)}`
}

const nowWords = ({ stable, rollout }: PlanView): string => {
  const serves = stable === null ? 'nothing serves here yet: this would be the first release' : `${stable} serves`
  return rollout === null
    ? serves
    : `${serves}; ${rollout.id} is under way (${rollout.phase}: ${visible(rollout.headline)})`
}

const artifactWords = ({ notChecked, rejections }: PlanView): string => {
  const rejected = rejections.map(({ digest, rollout }) => `${shortDigest(digest)} by ${rollout}`)
  return `not checked: ${notChecked.join('; ')}${rejected.length === 0 ? '' : ` (${rejected.join(', ')})`}`
}

const trafficWords = ({ traffic, stable }: PlanView): string => {
  if (traffic === null)
    return stable === null ? 'none yet' : 'not known yet: the server counts it while it runs, ask again in a minute'
  const { requestsPerSecond, overMs, errorRate, stableRequests, p50Ms, p99Ms } = traffic
  const rate = `${figures(requestsPerSecond)} requests/s over the last ${formatDuration(overMs)}`
  if (errorRate === null || p50Ms === null || p99Ms === null) return rate
  const errors = `errors ${figures(100 * errorRate)} % of ${count(stableRequests, 'request')}`
  return `${rate}; ${stable}: ${errors}, p50 ${formatDuration(p50Ms)}, p99 ${formatDuration(p99Ms)}`
}

const figures = (value: number): string => `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}`

type StepView = PlanView['steps'][number]

const stepWords = (view: StepView, lowTraffic: PlanView['lowTraffic']): string => {
  const { step, weight, leastMs, forecastMs, fits } = view
  const share = formatPercent(ppm(weight))
  if ('pauseMs' in step)
    return leastMs === null ? `${share}, until a person resumes it` : `${share} for another ${formatDuration(leastMs)}`
  const weightWords = 'budget' in step ? 'rising' : share
  const time = fits && forecastMs !== null ? `about ${formatDuration(forecastMs)}` : '?'
  const why = fits === false ? `: ${tooLongWords(view)}, so ${wouldWords[lowTraffic]}` : ''
  return `${weightWords.padEnd(6)}  ${time.padEnd(14)}  ${needWords(view)}, at least ${formatDuration(leastMs ?? 0)}${costWords(view)}${why}`
}

/** What a weight that follows the evidence may cost users. */
const costWords = ({ step }: StepView): string => {
  if (!('budget' in step)) return ''
  return 'failedRequests' in step.budget
    ? `, at a cost of ${count(step.budget.failedRequests, 'failed request')} at most`
    : `, at a cost of ${formatPercent(ppm(step.budget.failedShare))} failed requests at most`
}

/** What becomes of a step that does not know enough in its time. */
const wouldWords: Readonly<Record<PlanView['lowTraffic'], string>> = {
  pause: 'it would wait for a person',
  'promote-if-clean': 'it would go on unproven if nothing at all spoke against it, and else wait for a person',
  rollback: 'it would go back',
}

/** Of a metric they are a forecast, of the least exposure a count. */
const needWords = ({ requests, by }: StepView): string => {
  if (by === 'exposure') return count(requests ?? 0, 'request')
  const shown = `to show that ${by === 'errors' ? 'errors are' : `${by} is`} no worse`
  return requests === null ? `no number of requests ${shown}` : `about ${count(requests, 'request')} ${shown}`
}

const tooLongWords = ({ requests, forecastMs }: StepView): string => {
  if (forecastMs !== null) return `that takes ${formatDuration(forecastMs)}, longer than the step may last`
  return requests === null ? 'stable itself has too many that are slow' : 'no request comes'
}

const bakeWords = ({ bake, stable }: PlanView): string => {
  if (bake === null) return 'none'
  const kept =
    bake.holdback === 0 ? 'with nothing to compare with' : `${stable} keeps ${formatPercent(ppm(bake.holdback))}`
  const catches =
    bake.catches === null
      ? ''
      : `; by itself it would most likely catch errors at ${figures(100 * bake.catches)} % or more`
  return `${formatDuration(bake.forMs)}, ${kept}${catches}`
}

const totalWords = ({ totalMs, steps, traffic, lowTraffic }: PlanView): string => {
  const without = 'without the build and the start of the instances'
  if (totalMs !== null)
    return totalMs === 0 ? `no time but the build and the start` : `about ${formatDuration(totalMs)}, ${without}`
  if (steps.some(({ step, leastMs }) => 'pauseMs' in step && leastMs === null))
    return 'as long as a person lets it wait'
  return traffic === null ? 'not known without the traffic' : `at this traffic ${wouldWords[lowTraffic]}`
}

const wayBackWords = ({ wayBack, stable }: PlanView): string => {
  if (stable === null) return 'none: nothing serves here yet'
  if (wayBack === null) return `to ${stable}: not there now, as is said above`
  const rest = wayBack.notChecked.length === 0 ? '' : `. Not checked: ${wayBack.notChecked.join(', ')}`
  return `to ${wayBack.release}: ${wayBack.checked.join(', ')}${rest}`
}

const capacityWords = ({ capacity, stable }: PlanView): string => {
  const { present, candidate, memoryAvailable, diskFree, enough } = capacity
  const room = `${formatBytes(memoryAvailable)} of memory available, ${formatBytes(diskFree)} of disk free`
  const old = stable === null ? '' : `${count(present.instances, 'instance')} of ${stable}${sizeWords(present)} and `
  const both = `${old}${count(candidate.instances, 'new instance')}${sizeWords(candidate)}`
  return `${both} at once; ${room}${enough === false ? ': not enough memory for both' : ''}`
}

const sizeWords = ({ bytes }: PlanView['capacity']['present']): string =>
  bytes === null ? '' : ` (${formatBytes(bytes)})`

const proposalWords = ({ proposal, alternative, environment }: PlanView): string => {
  if (proposal === null) return ''
  const where = `under environments.${environment} in humdrum.yaml`
  const first = `\nNot every step would pass by itself at this traffic. What would${timeWords(proposal)}, ${where}:\n\n${indented(proposal.yaml)}`
  if (alternative === null) return first
  return `${first}\nSo few requests are compared slowly. Without a comparison before full exposure${timeWords(alternative)}:\n\n${indented(alternative.yaml)}`
}

type Proposal = NonNullable<PlanView['proposal']>

const timeWords = ({ totalMs }: Proposal): string =>
  totalMs === null ? '' : `, and takes about ${formatDuration(totalMs)}`

const indented = (yaml: string): string => yaml.replaceAll(/^(?=.)/gm, '    ')

const endWords = ({ refusals }: PlanView): string =>
  `\n${refusals.length === 0 ? 'humdrum deploy would begin now; nothing was changed' : 'humdrum deploy would be refused now; nothing was changed'}\n`

// The judges of the edge as watchers of a simulated rollout: the real ones, fed with every request, as the edge does it.
import { createErrorJudge } from '@humdrum/core/analysis/errors/error-judge.ts'
import { createJudge } from '@humdrum/core/analysis/judge.ts'
import { createLatencyJudge } from '@humdrum/core/analysis/latency/latency-judge.ts'
import { limitOf, usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import type { Watcher } from './panel.ts'

/** The errors alone: alpha is theirs. */
export const judgeErrors = (alpha: number): Watcher => {
  const judge = createErrorJudge({ ...usualErrors, limit: 1 / alpha, resume: null })
  return { kind: 'request', see: (request) => judge.record(request)?.kind === 'trip' }
}

/** The latency alone. Its warm-up is nobody's question here: the simulated candidate is as it is from its first request. */
export const judgeLatency = (alpha: number): Watcher => {
  const judge = createLatencyJudge({ ...usualLatency, limit: 1 / alpha, warmupMs: 0, resume: null })
  return {
    kind: 'request',
    see: (request) => {
      if (request.arm === 'candidate') judge.expose(request.atMs)
      return judge.observe(request)?.kind === 'trip'
    },
  }
}

/** Errors and latency, which share alpha. */
export const judgeBoth = (alpha: number): Watcher => {
  const all = [usualErrors, usualLatency]
  const metrics = [
    { ...usualErrors, limit: limitOf(usualErrors, all, alpha) },
    { ...usualLatency, limit: limitOf(usualLatency, all, alpha) },
  ]
  const judge = createJudge({ metrics, warmupMs: 0, resume: null })
  return {
    kind: 'request',
    see: (request) => {
      if (request.arm === 'candidate') judge.expose(request.atMs)
      const [ofErrors, ofLatency] = [judge.record(request), judge.observe(request)]
      return ofErrors?.kind === 'trip' || ofLatency?.kind === 'trip'
    },
  }
}

/** Whether the errors were shown to be within the margins of promotion is asked every so many requests. */
const promotionEvery = 100

/** Acts when the errors may be promoted: a wrong promotion has at most the probability `beta`. What trips goes on here. */
export const promoteErrors = (beta: number, difference = usualErrors.margin.difference): Watcher => {
  const margin = { ...usualErrors.margin, difference }
  const judge = createErrorJudge({ ...usualErrors, margin, limit: 100, resume: null })
  let requests = 0
  return {
    kind: 'request',
    see: (request) => {
      judge.record(request)
      requests += 1
      return requests % promotionEvery === 0 && judge.promotion() >= 1 / beta
    },
  }
}

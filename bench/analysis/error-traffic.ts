// Simulated requests that succeed or fail: split at random by a weight, each bad with its arm's probability, at an even pace.
// Weight and rates are constant within a span, so any rollout and any incident is a list of spans.
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { draws } from '@humdrum/core/analysis/seeded-random.ts'
import { everything, ppm } from '@humdrum/core/time.ts'
import type { Counts, Found, Panel, Seen, Watcher } from './panel.ts'
import { createPanel } from './panel.ts'

export type Span = {
  /** Of both arms. */
  readonly requests: number
  readonly weightPpm: number
  /** Shares of bad requests of stable and of the candidate. */
  readonly p0: number
  readonly p1: number
}

export type ErrorTraffic = {
  readonly random: Random
  readonly spans: readonly Span[]
  readonly perSecond: number
  /** Counts of the candidate's requests begin with this span; 0 unless told. */
  readonly countFrom?: number
}

/** Pooled counts are looked at every so many requests of both arms. */
const countsEvery = 100

/** Runs until nobody is left who looks, or the spans are over. */
export const runErrors = (traffic: ErrorTraffic, watchers: readonly Watcher[]): Found => {
  const panel = createPanel(watchers)
  const stage = createStage(traffic.perSecond)
  let before = 0
  for (const [index, span] of traffic.spans.entries()) {
    if (index === (traffic.countFrom ?? 0)) before = stage.candidate.requests
    runSpan({ random: traffic.random, span, stage, panel })
    if (panel.isDone()) break
  }
  return panel.found.map((at) => (at === null ? null : Math.max(0, at - before)))
}

type Stage = ReturnType<typeof createStage>

const createStage = (perSecond: number) => {
  const counts = (): Counts => ({ requests: 0, bad: 0 })
  return {
    ...{ paceMs: 1_000 / perSecond, minuteRequests: 60 * perSecond, request: 0 },
    ...{ untilCounts: countsEvery, untilMinute: 60 * perSecond },
    ...{ candidate: counts(), stable: counts() },
    minute: { candidate: counts(), sample: counts(), candidateMs: [], sampleMs: [] },
    seen: { arm: 'stable', bad: false, weight: ppm(0), atMs: 0, elapsedMs: 0 } as Seen,
  }
}

type SpanRun = {
  readonly random: Random
  readonly span: Span
  readonly stage: Stage
  readonly panel: Panel
}

/**
 * One draw says all of a request: which arm it goes to, whether it is one of the sample of stable that has the
 * candidate's size, and whether it is bad.
 */
const runSpan = ({ random, span, stage, panel }: SpanRun): void => {
  const { candidate, stable, minute, seen } = stage
  const share = span.weightPpm / everything
  const toCandidate = share * draws
  const toSample = toCandidate + Math.min(share, 1 - share) * draws
  const badOfCandidate = toCandidate * span.p1
  const badOfSample = toCandidate + (toSample - toCandidate) * span.p0
  const badOfOthers = toSample + (draws - toSample) * span.p0
  seen.weight = ppm(span.weightPpm)
  for (let left = span.requests; left > 0; left -= 1) {
    const draw = random()
    stage.request += 1
    seen.atMs = stage.request * stage.paceMs
    if (draw < toCandidate) {
      seen.arm = 'candidate'
      seen.bad = draw < badOfCandidate
      count(candidate, seen.bad)
      count(minute.candidate, seen.bad)
    } else {
      seen.arm = 'stable'
      seen.bad = draw < toSample ? draw < badOfSample : draw < badOfOthers
      count(stable, seen.bad)
      if (draw < toSample) count(minute.sample, seen.bad)
    }
    if (panel.request(seen, candidate.requests) && panel.isDone()) return
    stage.untilCounts -= 1
    if (stage.untilCounts > 0) continue // a minute ends with a look at the counts, too
    endCounts(stage, panel)
    if (panel.isDone()) return
  }
}

const endCounts = (stage: Stage, panel: Panel): void => {
  const { candidate, stable, minute } = stage
  stage.untilCounts = countsEvery
  panel.counts(candidate, stable)
  stage.untilMinute -= countsEvery
  if (stage.untilMinute > 0) return
  stage.untilMinute = stage.minuteRequests
  panel.minute(minute, candidate.requests)
  for (const counts of [minute.candidate, minute.sample]) {
    counts.requests = 0
    counts.bad = 0
  }
}

const count = (counts: Counts, bad: boolean): void => {
  counts.requests += 1
  if (bad) counts.bad += 1
}

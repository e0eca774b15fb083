// The judge of a share of a source where only counts per tick are known, as in a recording: the same evidence as when the
// source is read, in the form of the judge of errors. Pure.

import { judgedWorse } from '../decision.ts'
import { maxEvidence } from '../engines/label-evidence.ts'
import type { SourceMetric } from '../metric.ts'
import { createSourceEvidence } from '../source/source-engines.ts'
import type { Tick, TickJudge } from './count-judge.ts'

/** `metric` measures a share; its hits are what is counted as bad. */
export const createShareJudge = (metric: SourceMetric, limit: number): TickJudge => {
  const evidence = createSourceEvidence(metric, null)
  let decided = false
  return {
    add: (tick: Tick) => {
      evidence.add(
        { kind: 'share', hits: tick.candidateBad, total: tick.candidateRequests },
        { kind: 'share', hits: tick.stableBad, total: tick.stableRequests },
      )
      if (decided || evidence.logWorse() < Math.log(limit) || !evidence.matters()) return null
      decided = true
      return judgedWorse(metric, {
        metric: metric.name,
        rule: 'evidence',
        evidence: finite(evidence.logWorse()),
        limit,
      })
    },
    evidence: () => finite(evidence.logWorse()),
    promotion: () => finite(evidence.logWithin()),
    difference: (alpha) => evidence.told(alpha).interval ?? { lower: -1, upper: 1 },
  }
}

const finite = (logEvidence: number): number => Math.min(Math.exp(logEvidence), maxEvidence)

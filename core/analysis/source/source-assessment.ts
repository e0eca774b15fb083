// What a metric of a source has come to: its status in the field's words, and why. Knows times and evidence, not engines; the
// sentences are made in core/rollout/explain.ts.
import type { Instant } from '../../time.ts'
import type { MetricName } from '../metric.ts'
import type { SourceTold } from './source-evidence.ts'
import type { SourceMetricState } from './source-state.ts'
import type { Trouble } from './source-trouble.ts'

/**
 * Pending: never measured yet. Running: measured, nothing decided, or not fresh enough to promote on. Successful: shown to be
 * within its margin, and fresh. Failed: judged worse, or missing. Error: could not be measured. Inconclusive: not measured for
 * so long that a person has to look.
 */
export type SourceStatus = 'Pending' | 'Running' | 'Successful' | 'Failed' | 'Error' | 'Inconclusive'

export type SourceReason =
  /** The evidence that it is worse has reached its limit. */
  | { readonly kind: 'worse' }
  /** Stable is measured and the candidate, which has traffic, is not. */
  | { readonly kind: 'missing'; readonly forMs: number }
  /** Where stable lies is still being learnt. */
  | { readonly kind: 'learning'; readonly seen: number; readonly needed: number }
  /** No tick has come. */
  | { readonly kind: 'silent'; readonly forMs: number }
  /** What the last tick met, and for how long both arms have not been measured. */
  | { readonly kind: 'unmeasured'; readonly trouble: Trouble; readonly forMs: number }

export type SourceAssessment = SourceTold & {
  readonly metric: MetricName
  readonly status: SourceStatus
  /** Null where the status says all. */
  readonly reason: SourceReason | null
  /** E-value against "the candidate is no worse", at most 1e300. */
  readonly evidence: number
  /** E-value against "it is worse than the margin allows", likewise. */
  readonly promotion: number
  /** Evidence at which it is judged worse. */
  readonly limit: number
  /** The end of the last tick in which both arms were measured. */
  readonly lastGoodAt: Instant | null
}

/** Not measured for longer, and nothing is promoted on what was known. */
export const freshMs = 30_000
/** So long nothing need be read before that is silence; where windows are longer than this the next one is not due before. */
const readMs = 10_000

/**
 * Now, by the clock of the ticks. A window ends an interval before it is read, and one that is long is followed by nothing for as
 * long: that is no silence.
 */
export const tickClock = (now: number, intervalMs: number): Instant =>
  (now - intervalMs - Math.max(0, intervalMs - readMs)) as Instant

/** Not measured for longer, and nobody can say how it is: a person looks. */
const inconclusiveMs = 300_000

type Known = Pick<SourceMetricState, 'lastGoodAt' | 'unmeasuredMs' | 'missingMs' | 'trouble' | 'verdict'> & {
  /** For how long no tick has come. */
  readonly silentMs: number
  readonly lacking: { readonly seen: number; readonly needed: number } | null
  /** The evidence for promotion has reached its limit. */
  readonly shown: boolean
}

type Standing = Pick<SourceAssessment, 'status' | 'reason'>

export const standingOf = (known: Known): Standing => {
  const { verdict, missingMs, trouble, lacking, shown } = known
  if (verdict === 'worse') return { status: 'Failed', reason: { kind: 'worse' } }
  if (verdict === 'missing') return { status: 'Failed', reason: { kind: 'missing', forMs: missingMs } }
  const unmeasured = unmeasuredOf(known)
  if (unmeasured !== null) return unmeasured
  if (known.lastGoodAt === null) return { status: 'Pending', reason: reasonOf(known) }
  if (lacking !== null) return { status: 'Running', reason: { kind: 'learning', ...lacking } }
  return shown && trouble?.kind !== 'clock'
    ? { status: 'Successful', reason: null }
    : { status: 'Running', reason: reasonOf(known) }
}

/** An error is told at once; what is merely absent is given time, before it keeps from promoting and before a person looks. */
const unmeasuredOf = (known: Known): Standing | null => {
  const { trouble } = known
  const failing = trouble !== null && (trouble.kind === 'error' || trouble.kind === 'bad' || trouble.kind === 'notRead')
  if (failing) return { status: 'Error', reason: reasonOf(known) }
  const ms = known.unmeasuredMs + known.silentMs
  if (ms <= freshMs) return null
  const waited = ms > inconclusiveMs
  if (known.lastGoodAt === null && !waited) return { status: 'Pending', reason: reasonOf(known) }
  return { status: waited ? 'Inconclusive' : 'Running', reason: reasonOf(known) }
}

const reasonOf = ({ trouble, unmeasuredMs, silentMs }: Known): SourceReason | null => {
  if (silentMs > freshMs) return { kind: 'silent', forMs: silentMs }
  return trouble === null ? null : { kind: 'unmeasured', trouble, forMs: unmeasuredMs + silentMs }
}

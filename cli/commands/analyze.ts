// `humdrum analyze`: judges what somebody recorded as if it came in now, and says when the verdict would have fallen. Asks no
// server and changes nothing.

import type { RolloutPolicy } from '@humdrum/contract/config/app-config.ts'
import { chooseEnvironment, chooseObserved } from '@humdrum/contract/config/choose-environment.ts'
import { usualAnalysis } from '@humdrum/contract/config/rollout-schema.ts'
import type { TicksWanted } from '@humdrum/contract/recording/read-ticks.ts'
import type { ErrorsMetric, Metric, MetricName, SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { isOfEdge, limitOf } from '@humdrum/core/analysis/metric.ts'
import type { Replayed } from '@humdrum/core/analysis/replay/replay.ts'
import { createReplay } from '@humdrum/core/analysis/replay/replay.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import { everything } from '@humdrum/core/time.ts'
import { readConfigFile } from '../config-file.ts'
import { ConfigRefused } from '../config-refused.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { LocalInvocation } from '../invocation.ts'
import type { RecordingFile } from '../recording-file.ts'
import { recordingFile } from '../recording-file.ts'
import { renderReplay } from '../render/replay.ts'

type Counts = TicksWanted['counts']

export type AnalyzeOptions = {
  readonly from: string
  readonly counts?: Counts
  readonly environment?: string
  readonly file?: string
  readonly alpha?: PartsPerMillion
  readonly beta?: PartsPerMillion
  readonly json?: true
}

/** Ends as a rollout would that was followed: 3 where it goes back, 5 where a person would have to look at it. */
export const analyze = async ({ terminal, cwd }: LocalInvocation, options: AnalyzeOptions): Promise<ExitCode> => {
  const file = recordingFile(cwd, options.from)
  const analysis = analysisOf(cwd, options)
  const replayed = await replay(file, analysis, options.counts ?? 'increases')
  const exit = exitOf(replayed)
  const { alpha, beta } = analysis
  const answer = { ...replayed, alpha, beta, exit }
  terminal.out.write(options.json ? `${JSON.stringify(answer)}\n` : renderReplay(answer, terminal.out))
  return exit
}

const exitOf = ({ verdict }: Replayed): ExitCode => {
  if (verdict.kind === 'promotable') return exitCode.well
  return verdict.kind === 'rollback' ? exitCode.rolledBack : exitCode.waits
}

type Analysis = {
  readonly alpha: number
  readonly beta: number
  readonly minExposure: { readonly requests: number; readonly timeMs: number }
  readonly metrics: readonly Metric[]
  /** Alpha is shared with metrics that the recording does not have: those of an environment. */
  readonly sharesAlpha: boolean
}

/** What an environment says where one is asked for, else what holds where nothing is said. */
const analysisOf = (cwd: string, options: AnalyzeOptions): Analysis => {
  const isAsked = options.environment !== undefined || options.file !== undefined
  const { alpha, beta, minExposure, metrics } = isAsked ? saidBy(cwd, options) : usualAnalysis
  return {
    alpha: (options.alpha ?? alpha) / everything,
    beta: (options.beta ?? beta) / everything,
    ...{ minExposure, metrics, sharesAlpha: isAsked },
  }
}

const saidBy = (cwd: string, { environment, file: given }: AnalyzeOptions): RolloutPolicy['analysis'] => {
  const file = readConfigFile(cwd, given)
  if (!file.ok) throw new ConfigRefused(file.problems)
  const { environments, observed } = file.parsed.config
  const isObserved =
    environment === undefined ? Object.keys(environments).length === 0 : Object.hasOwn(observed, environment)
  const choice = isObserved ? chooseObserved(file.parsed, environment) : chooseEnvironment(file.parsed, environment)
  if (!choice.ok) throw new ConfigRefused([choice.problem])
  return 'analysis' in choice.environment ? choice.environment.analysis : choice.environment.rollout.analysis
}

/** What a count of some out of all can tell: not a mean, and not a quantile. */
const isCounted = (metric: Metric): metric is ErrorsMetric | SourceMetric =>
  metric.kind === 'errors' || (!isOfEdge(metric) && metric.measure.kind === 'share')

/** Twice: what is wrong is said before anything is judged, and how many metrics share alpha is known at the end. */
const replay = async (file: RecordingFile, analysis: Analysis, counts: Counts): Promise<Replayed> => {
  const { metrics, alpha, sharesAlpha } = analysis
  const countable = metrics.filter(isCounted)
  const wanted = { metrics: countable.map(({ name }) => name), counts }
  const recorded = new Set<MetricName>()
  await file.read(wanted, ({ metric }) => recorded.add(metric))
  const judged = countable.filter(({ name }) => recorded.has(name))
  const sharing = sharesAlpha ? metrics : judged
  const replayed = createReplay({
    ...analysis,
    metrics: judged.map((metric) => ({ ...metric, limit: limitOf(metric, sharing, alpha) })),
  })
  await file.read(wanted, replayed.add)
  const result = replayed.result()
  if (result === null) throw new FaultError({ code: 'HD6001', reason: 'the file changed while it was read' })
  return result
}

// Holds the engines against golden vectors, whoever made them: one check per leaf of `expected`. `null` stands for
// infinity, a case's own `tol` for the usual 1e-9 (absolute or relative). Engines that do not exist here are named and
// skipped. Knows text, not files.
import type { BetaMixture } from './bernoulli-cs.ts'
import { bernoulliInterval, logBetaMixture } from './bernoulli-cs.ts'
import type { BinCounts } from './bin.ts'
import { createEngineB } from './engine-b.ts'
import type { EngineP } from './engine-p.ts'
import { createEngineP, logPromote, logRollback } from './engine-p.ts'
import { divergence, growth, wald } from './information-limit.ts'
import type { Interval } from './interval.ts'
import { lilConstant, lilRadius } from './lil-band.ts'
import { createMeanBet } from './mean-bet.ts'
import type { NormalMixture } from './normal-mixture.ts'
import { logNormalMixture, logNormalMixtureAbove, normalInterval } from './normal-mixture.ts'
import type { QuantilePlan } from './quantile-cs.ts'
import { quantileCounts, quantileInterval, quantilePrior } from './quantile-cs.ts'

type Fields = Readonly<Record<string, unknown>>
/** What an engine answers by the name of the leaf, worked out when it is asked for. */
type Answers = Readonly<Record<string, () => unknown>>

type Failure = {
  readonly name: string
  readonly leaf: string
  readonly expected: unknown
  readonly got: unknown
}
export type VectorReport = {
  readonly checks: number
  readonly failures: readonly Failure[]
  /** Engine → how many of its cases were left out. */
  readonly skipped: ReadonlyMap<string, number>
}

const usualTolerance = 1e-9

/** Checks the text of a vectors file; throws an `Error` in plain words when it is not one. */
export const checkVectors = (text: string): VectorReport => {
  const skipped = new Map<string, number>()
  const failures: Failure[] = []
  let checks = 0
  for (const [index, fields] of casesOf(text).entries()) {
    const engine = String(fields['engine'])
    const solve = engines.get(engine)
    if (solve === undefined) {
      skipped.set(engine, (skipped.get(engine) ?? 0) + 1)
      continue
    }
    const verdicts = checkCase(fields, solve)
    const name = String(fields['name'] ?? `case ${index + 1}`)
    checks += verdicts.length
    for (const { leaf, expected, got, holds } of verdicts) if (!holds) failures.push({ name, leaf, expected, got })
  }
  return { checks, failures, skipped }
}

type Verdict = { readonly leaf: string; readonly expected: unknown; readonly got: unknown; readonly holds: boolean }

const checkCase = (fields: Fields, solve: (fields: Fields) => Answers): readonly Verdict[] => {
  const tolerance = typeof fields['tol'] === 'number' ? fields['tol'] : usualTolerance
  const answers = attempt(() => solve(fields))
  return Object.entries(isFields(fields['expected']) ? fields['expected'] : {}).flatMap(([key, expected]) => {
    const answer =
      answers instanceof Error ? answers : attempt(answers[key] ?? (() => new Error('not an answer of this engine')))
    return leavesOf(key, expected).map(([leaf, value, path]): Verdict => {
      const got = answer instanceof Error ? answer.message : path.reduce(member, answer)
      return { leaf, expected: value, got, holds: agrees(value, got, tolerance) }
    })
  })
}

const attempt = <Value>(work: () => Value): Value | Error => {
  try {
    return work()
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error)) // told as the failure of each leaf
  }
}

type Leaf = readonly [leaf: string, value: unknown, path: readonly string[]]

const leavesOf = (name: string, value: unknown, path: readonly string[] = []): readonly Leaf[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leavesOf(`${name}/${key}`, inner, [...path, key]))
    : [[name, value, path]]

const member = (value: unknown, key: string): unknown =>
  isFields(value) ? value[key] : Array.isArray(value) ? value[Number(key)] : undefined

const agrees = (expected: unknown, got: unknown, tolerance: number): boolean => {
  if (typeof got !== 'number') return false
  if (expected === null) return got === Number.POSITIVE_INFINITY
  if (typeof expected !== 'number') return false
  return Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected))
}

const pair = ({ lower, upper }: Interval): readonly [number, number] => [lower, upper]

const engineP = (fields: Fields): Answers => {
  const engine: EngineP = createEngineP()
  for (const bin of binsOf(fields)) engine.add(bin)
  const of = (key: string): number => numberOf(fields, key)
  return {
    log_e_worse: () => engine.logWorse(0),
    log_e_worse_abs: () => engine.logWorse(of('delta')),
    log_e_worse_ratio: () => engine.logWorseThanRatio(of('r0')),
    log_e_noninf_abs: () => engine.logNoninferior(of('delta_m')),
    log_e_noninf_ratio: () => engine.logNoninferiorToRatio(of('rm')),
    log_e_rollback_margin: () => logRollback(engine, { ratio: of('r0'), difference: of('delta') }),
    log_e_promote: () => logPromote(engine, { ratio: of('rm'), difference: of('delta_m') }),
    cs_diff: () => pair(engine.difference(of('alpha'))),
    cs_ratio: () => pair(engine.ratio(of('alpha'))),
  }
}

const engineB = (fields: Fields): Answers => {
  const direction = numberOf(fields, 'direction') < 0 ? 'down' : 'up'
  const engine = createEngineB({
    prior: { share: numberOf(fields, 'theta'), requests: numberOf(fields, 'W') },
    direction,
  })
  for (const bin of binsOf(fields)) engine.add(bin)
  return { log_e: () => engine.logEvidence() }
}

const mixtureOf = (fields: Fields): BetaMixture => ({
  bad: numberOf(fields, 'k'),
  requests: numberOf(fields, 'n'),
  a: numberOf(fields, 'a'),
  b: numberOf(fields, 'b'),
})

const betaBinomial = (fields: Fields): Answers => ({
  log_m: () => logBetaMixture(mixtureOf(fields), numberOf(fields, 'p')),
})

const bernoulliCs = (fields: Fields): Answers => {
  const interval = bernoulliInterval(mixtureOf(fields), numberOf(fields, 'alpha'))
  return { lower: () => interval.lower, upper: () => interval.upper }
}

const limit = (fields: Fields): Answers => {
  const [p0, p1, share] = [numberOf(fields, 'p0'), numberOf(fields, 'p1'), numberOf(fields, 'w')]
  const [known, unknown] = [divergence(p1, p0), growth({ p0, p1, share })]
  const [alpha, beta] = [numberOf(fields, 'alpha'), numberOf(fields, 'beta')]
  return {
    kl_known: () => known,
    grow: () => unknown,
    n_known: () => wald(alpha, beta) / known,
    n_twosample: () => wald(alpha, beta) / unknown,
    n_power1: () => wald(alpha, 0) / unknown,
  }
}

const quantileCs = (fields: Fields): Answers => {
  const buckets = { edges: numbersOf(fields, 'edges'), counts: numbersOf(fields, 'counts') }
  const plan: QuantilePlan = {
    quantile: numberOf(fields, 'q'),
    alpha: numberOf(fields, 'alpha'),
    tightest: { observations: numberOf(fields, 't_opt'), alpha: numberOf(fields, 'alpha_opt') },
  }
  const observations = buckets.counts.reduce((sum, count) => sum + count, 0)
  const interval = quantileInterval(buckets, plan)
  return {
    prior_a: () => quantilePrior(plan).a,
    prior_b: () => quantilePrior(plan).b,
    count_lo: () => quantileCounts(observations, plan).lowest,
    count_hi: () => quantileCounts(observations, plan).highest,
    lower: () => interval.lower,
    upper: () => interval.upper,
  }
}

const normalMixture = (fields: Fields): Answers => {
  const mixture: NormalMixture = {
    difference: numberOf(fields, 'd'),
    variance: numberOf(fields, 'V'),
    prior: numberOf(fields, 'tau2'),
  }
  return {
    log_e: () => logNormalMixture(mixture),
    log_e_onesided: () => logNormalMixtureAbove(mixture),
    cs: () => pair(normalInterval(mixture, numberOf(fields, 'alpha'))),
  }
}

const lilBand = (fields: Fields): Answers => {
  const band = { alpha: numberOf(fields, 'alpha'), from: numberOf(fields, 't_min'), factor: numberOf(fields, 'A') }
  return { C: () => lilConstant(band), radius: () => lilRadius(numberOf(fields, 't'), band) }
}

const betMean = (fields: Fields): Answers => {
  const bet = createMeanBet({ margin: numberOf(fields, 'delta'), stakes: numbersOf(fields, 'lambdas') })
  for (const difference of numbersOf(fields, 'D')) bet.add(difference)
  return { log_e: () => bet.logEvidence() }
}

const engines: ReadonlyMap<string, (fields: Fields) => Answers> = new Map([
  ['P', engineP],
  ['B', engineB],
  ['betaBinomial', betaBinomial],
  ['bernoulliCS', bernoulliCs],
  ['limit', limit],
  ['quantileCS', quantileCs],
  ['normalMixture', normalMixture],
  ['lilBand', lilBand],
  ['betMean', betMean],
])

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const casesOf = (text: string): readonly Fields[] => {
  const file: unknown = JSON.parse(text)
  const cases = isFields(file) ? file['cases'] : undefined
  if (!Array.isArray(cases)) throw new Error('it has no list `cases`')
  for (const [index, fields] of cases.entries()) {
    if (!isFields(fields) || typeof fields['engine'] !== 'string' || !isFields(fields['expected'])) {
      throw new Error(`case ${index + 1} lacks \`engine\` or \`expected\``)
    }
  }
  return cases
}

const numberOf = (fields: Fields, key: string): number => {
  const value = fields[key]
  if (typeof value !== 'number') throw new Error(`${key} is not a number`)
  return value
}

const numbersOf = (fields: Fields, key: string): readonly number[] => {
  const values = fields[key]
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw new Error(`${key} is not a list of numbers`)
  }
  return values
}

const binsOf = (fields: Fields): readonly BinCounts[] => {
  const bins = fields['bins']
  if (!Array.isArray(bins)) throw new Error('bins is not a list')
  return bins.map((bin: unknown) => {
    if (!isFields(bin)) throw new Error('a bin is not an object')
    return {
      candidateRequests: numberOf(bin, 'n1'),
      candidateBad: numberOf(bin, 'x1'),
      stableRequests: numberOf(bin, 'n0'),
      stableBad: numberOf(bin, 'x0'),
    }
  })
}

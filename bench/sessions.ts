// How often a release that is no worse is taken out when users keep their side: the real book of sessions and the real judge,
// with users who retry, bots without a cookie, and a weight that grows. Repeatable by its seed.
import type { Outcome } from '@humdrum/core/analysis/errors/error-judge.ts'
import { createErrorJudge } from '@humdrum/core/analysis/errors/error-judge.ts'
import type { SessionBook, Standing } from '@humdrum/core/analysis/errors/session-book.ts'
import { buckets, createSessionBook, isWithin } from '@humdrum/core/analysis/errors/session-book.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import { everything, ppm } from '@humdrum/core/time.ts'

/**
 * `session`: as the edge judges a sticky route. The other two are what one might do instead: `request` takes each request for
 * independent, `pooled` takes the sessions of an arm together whenever they began, and their share for the weight.
 */
export type Unit = 'session' | 'request' | 'pooled'

export type SessionTraffic = {
  readonly seed: number
  readonly runs: number
  /** Of one run, without retries. */
  readonly requests: number
  readonly unit: Unit
  /** The candidate's, one after the other, each for the same number of requests. */
  readonly weights: readonly number[]
  /** Grow when the candidate has so many units, rather than after a number of requests; null: by requests. */
  readonly growsAt: number | null
  /** Of the sessions: those for which half of all requests fail, wherever they go, and that this much oftener on the candidate. */
  readonly broken: number
  readonly worse: number
  /** Of the requests: those of clients without a cookie, a tenth of which fail, in bursts. */
  readonly bots: number
  readonly limit: number
}

/** What is checked by default: identical arms. */
export const usualSessions: SessionTraffic = {
  ...{ seed: 1, runs: 1_000, requests: 100_000, unit: 'session', weights: [0.01, 0.05, 0.25, 0.5], growsAt: null },
  ...{ broken: 0.01, worse: 1, bots: 0.3, limit: 100 },
}

const requestsOfSession = 20
const sessionsAtOnce = 400
const retries = 3
const paceMs = 10

type Session = { readonly bucket: number; readonly broken: 'everywhere' | 'onCandidate' | null; left: number }

/** Rollbacks of `runs`, and the candidate's units until each, ascending. */
export const sessionRollbacks = (
  traffic: SessionTraffic,
): { readonly rolledBack: number; readonly units: readonly number[] } => {
  const random = createRandom(traffic.seed)
  const units: number[] = []
  for (let run = 0; run < traffic.runs; run += 1) {
    const found = untilTrip(traffic, random)
    if (found !== null) units.push(found)
  }
  return { rolledBack: units.length, units: units.sort((one, other) => one - other) }
}

const untilTrip = (traffic: SessionTraffic, random: Random): number | null => {
  const { weights, broken, worse, bots, requests, growsAt } = traffic
  const chance = (share: number): boolean => random() < share * draws
  const brokenWhere = (): Session['broken'] => {
    if (chance(broken)) return 'everywhere'
    return chance(broken * (worse - 1)) ? 'onCandidate' : null
  }
  const session = (): Session => ({ bucket: random() % buckets, broken: brokenWhere(), left: requestsOfSession })
  const split = createSplit(traffic, random)
  const live = Array.from({ length: sessionsAtOnce }, session)
  let burst = 0
  for (let sent = 0; sent < requests; sent += 1) {
    const step = growsAt === null ? (sent * weights.length) / requests : split.units() / growsAt
    split.weigh(Math.min(Math.floor(step), weights.length - 1))
    if (chance(bots)) {
      burst = burst > 0 ? burst - 1 : chance(0.005) ? 20 : 0
      if (split.stray(burst > 0, sent * paceMs)) return split.units()
      continue
    }
    const at = random() % live.length
    let one = live[at]
    if (one === undefined || one.left === 0) {
      one = session()
      live[at] = one
    }
    one.left -= 1
    // A user who is refused tries again at once, and is refused again.
    const isRefused = one.broken !== null && chance(0.5)
    for (let tries = isRefused ? retries : 1; tries > 0; tries -= 1)
      if (split.request(one, isRefused, sent * paceMs)) return split.units()
  }
  return null
}

const createSplit = ({ unit, weights, limit }: SessionTraffic, random: Random) => {
  const judge = createErrorJudge({ ...usualErrors, limit, resume: null })
  const weightAt = (step: number): PartsPerMillion => ppm(Math.round((weights[step] ?? 0) * everything))
  const book: SessionBook = createSessionBook([random(), random()], weightAt(0))
  const pool = createPool()
  let [weight, units] = [weightAt(0), 0]

  const record = (outcome: Outcome): boolean => {
    if (outcome.arm === 'candidate' && outcome.standing !== 'known' && outcome.standing !== 'again') units += 1
    return judge.record(outcome)?.kind === 'trip'
  }

  const armOf = (position: number): Outcome['arm'] => (isWithin(weight, position) ? 'candidate' : 'stable')

  const request = ({ bucket, broken }: Session, refused: boolean, atMs: number): boolean => {
    const arm = armOf(book.position(bucket))
    const bad = refused && (broken === 'everywhere' || arm === 'candidate')
    if (unit === 'request') return record({ arm, bad, weight, atMs })
    book.begin(bucket)
    const by = book.weight(bucket)
    const standing = book.settle(bucket, bad)
    return record({ arm, bad, atMs, standing, weight: unit === 'session' ? by : pool.weight(arm, standing, bad) })
  }

  return {
    request,
    /** A bot's: its side is drawn for each request. */
    stray: (bad: boolean, atMs: number): boolean => {
      const bucket = random() % buckets
      const counts = !bad || book.refuse(bucket, 0, Math.floor(atMs / 1_000))
      return record({ arm: armOf(book.position(bucket)), bad, weight, atMs, standing: counts ? 'new' : 'again' })
    },
    weigh: (next: number): void => {
      weight = weightAt(next)
      book.weigh(weight)
    },
    units: () => units,
  }
}

/** The share of the candidate among the sessions that are good so far. */
const createPool = () => {
  const good = { candidate: 0, stable: 0 }
  return {
    weight: (arm: Outcome['arm'], standing: Standing, bad: boolean): PartsPerMillion => {
      if (standing === 'new') good[arm] += 1
      const share = good.candidate / Math.max(1, good.candidate + good.stable)
      if (bad && standing !== 'again') good[arm] -= 1
      return ppm(10_000 * Math.round(share * 100)) // coarse: factors of a weight are kept
    },
  }
}

if (import.meta.main) {
  const [runs = '100', seed = '1'] = process.argv.slice(2)
  const given = { ...usualSessions, runs: Number(runs), seed: Number(seed) }
  const rows: readonly (readonly [string, Partial<SessionTraffic>])[] = [
    ['session, grows by time', {}],
    ['session, grows at 50 units each', { growsAt: 50 }],
    ['session, no bots', { bots: 0 }],
    ['session, ten times as many broken', { worse: 10 }],
    ['request', { unit: 'request' }],
    ['pooled, no bots', { unit: 'pooled', bots: 0 }],
  ]
  for (const [name, changes] of rows) {
    const { rolledBack, units } = sessionRollbacks({ ...given, ...changes })
    const median = units[Math.floor(units.length / 2)] ?? null
    process.stdout.write(`${JSON.stringify({ name, runs: given.runs, rolledBack, medianUnits: median })}\n`)
  }
}

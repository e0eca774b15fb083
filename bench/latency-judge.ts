// How fast the latency judge finds a slow release, how often it takes a healthy one out, and what it costs: the real judge on
// simulated requests, split at random. A service is log-normal, p50 50 ms, p99 321 ms, 100 requests a second, of which a minute
// is stable's alone. Repeatable by its seeds; nothing here reads a clock but the cost.
import type { LatencyJudge, Observation } from '@humdrum/core/analysis/latency/latency-judge.ts'
import { createLatencyJudge } from '@humdrum/core/analysis/latency/latency-judge.ts'
import { usualLatency } from '@humdrum/core/analysis/metric.ts'
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'

/** Box and Muller (1958): standard normal numbers, two at a time. */
export const normals = (random: Random): (() => number) => {
  let spare: number | null = null
  return () => {
    const kept = spare
    spare = null
    if (kept !== null) return kept
    const length = Math.sqrt(-2 * Math.log((random() + 1) / (draws + 1)))
    const angle = (2 * Math.PI * random()) / draws
    spare = length * Math.sin(angle)
    return length * Math.cos(angle)
  }
}

/** Milliseconds of a request, by a standard normal number. */
export type Shape = (z: number) => number

const [zOf90, zOf99] = [1.281_551_565_5, 2.326_347_874]

export const usual: Shape = (z) => 50 * Math.exp(0.8 * z)
export const by =
  (factor: number): Shape =>
  (z) =>
    factor * usual(z)
/** The p99 becomes `factor` times as long; what lies below the p90 stays. */
export const tail = (factor: number): Shape => {
  const power = Math.log((factor * usual(zOf99)) / usual(zOf90)) / Math.log(usual(zOf99) / usual(zOf90))
  return (z) => (z <= zOf90 ? usual(z) : usual(zOf90) * (usual(z) / usual(zOf90)) ** power)
}

export type Service = {
  readonly candidate: Shape
  readonly stable: Shape
  readonly weight: number
  readonly limit: number
  readonly perSecond: number
  /** Of stable alone, before the candidate gets any. */
  readonly warmupRequests: number
  /** After that, of both. */
  readonly requests: number
  /** By what factor a whole second of one arm is off, as a standard deviation of its logarithm, and how much of it stays. */
  readonly offBy?: number
  readonly staysOff?: number
}

export const comparison: Omit<Service, 'candidate'> = {
  ...{ stable: usual, weight: 0.1, limit: 100, perSecond: 100, warmupRequests: 6_000, requests: 1_000_000 },
}

/** One second's factor of each arm after the other. */
const secondsOff = ({ offBy = 0, staysOff = 0 }: Service, normal: () => number): (() => [number, number]) => {
  if (offBy === 0) return () => [1, 1]
  const fresh = offBy * Math.sqrt(1 - staysOff ** 2)
  let [stable, candidate] = [offBy * normal(), offBy * normal()]
  return () => {
    stable = staysOff * stable + fresh * normal()
    candidate = staysOff * candidate + fresh * normal()
    return [Math.exp(stable), Math.exp(candidate)]
  }
}

/** Candidate requests until `stop` says so, asked after each second; null when it never does. */
export const candidateRequestsUntil = (
  service: Service,
  seed: number,
  stop: (judge: LatencyJudge, trips: boolean) => boolean,
): number | null => {
  const random = createRandom(seed)
  const normal = normals(random)
  const { candidate, stable, weight, limit, perSecond, warmupRequests, requests } = service
  const judge = createLatencyJudge({ ...usualLatency, limit, warmupMs: 0, resume: null })
  const next = secondsOff(service, normal)
  const observation: { -readonly [Key in keyof Observation]: Observation[Key] } = {
    arm: 'stable',
    elapsedMs: 0,
    atMs: 0,
  }
  let [ofStable, ofCandidate, seen, trips] = [1, 1, 0, false]
  for (let request = 0; request < warmupRequests + requests; request += 1) {
    if (request % perSecond === 0) {
      ;[ofStable, ofCandidate] = next()
      if (stop(judge, trips)) return seen
    }
    const isCandidate = request >= warmupRequests && random() < weight * draws
    observation.atMs = (request * 1_000) / perSecond
    observation.arm = isCandidate ? 'candidate' : 'stable'
    observation.elapsedMs = isCandidate ? ofCandidate * candidate(normal()) : ofStable * stable(normal())
    if (isCandidate) {
      judge.expose(observation.atMs)
      seen += 1
    }
    if (judge.observe(observation) !== null) trips = true
  }
  return null
}

const seedsFrom = (first: number, runs: number): readonly number[] =>
  Array.from({ length: runs }, (_, run) => first + run)

export const detection = (service: Service, runs: number): { readonly median: number; readonly p95: number } => {
  const counts = seedsFrom(1, runs)
    .map((seed) => candidateRequestsUntil(service, seed, (_, trips) => trips) ?? Number.POSITIVE_INFINITY)
    .sort((one, other) => one - other)
  const at = (share: number): number => counts[Math.ceil(share * runs) - 1] ?? Number.POSITIVE_INFINITY
  return { median: at(0.5), p95: at(0.95) }
}

export const alarms = (service: Service, runs: number): number =>
  seedsFrom(1, runs).filter((seed) => candidateRequestsUntil(service, seed, (_, trips) => trips) !== null).length

const promotionNeeds = 20

export const promotion = (service: Service, runs: number): { readonly median: number; readonly promoted: number } => {
  const counts = seedsFrom(1, runs)
    .map((seed) => candidateRequestsUntil(service, seed, (judge) => judge.promotion() >= promotionNeeds))
    .map((count) => count ?? Number.POSITIVE_INFINITY)
    .sort((one, other) => one - other)
  return {
    median: counts[Math.ceil(0.5 * runs) - 1] ?? Number.POSITIVE_INFINITY,
    promoted: counts.filter(Number.isFinite).length,
  }
}

/** Microseconds for the end of a second, and nanoseconds for a request, at 100 requests a second: medians, as others use the cores. */
export const judgeCost = (seconds: number): { readonly tickUs: number; readonly observationNs: number } => {
  const random = createRandom(1)
  const normal = normals(random)
  const drawn = Array.from({ length: 10_000 }, () => ({
    ...{
      arm: random() < 0.1 * draws ? ('candidate' as const) : ('stable' as const),
      elapsedMs: usual(normal()),
      atMs: 0,
    },
  }))
  const judge = createLatencyJudge({ ...usualLatency, limit: 1e300, warmupMs: 0, resume: null })
  for (const one of drawn) judge.observe({ ...one, arm: 'stable' })
  judge.expose(1)
  const [ticks, observations] = [new Float64Array(seconds), new Float64Array(seconds)]
  for (let second = 0; second < seconds; second += 1) {
    const atMs = 1e6 + second * 1_000
    const started = performance.now()
    judge.turn(atMs)
    const turned = performance.now()
    for (let request = 0; request < 100; request += 1) {
      const one = drawn[(second * 100 + request) % drawn.length]
      if (one !== undefined) {
        one.atMs = atMs
        judge.observe(one)
      }
    }
    ticks[second] = turned - started
    observations[second] = performance.now() - turned
  }
  const median = (all: Float64Array): number => all.slice(seconds / 2).sort()[Math.floor(seconds / 4)] ?? 0
  return { tickUs: median(ticks) * 1_000, observationNs: median(observations) * 10_000 }
}

const main = (): void => {
  const say = (line: string): boolean => process.stdout.write(`${line}\n`)
  const [runs = 500, healthyRuns = 1_000] = process.argv.slice(2).map(Number)
  const { tickUs, observationNs } = judgeCost(40_000)
  say(`cost: ${tickUs.toFixed(1)} µs at the end of a second, ${observationNs.toFixed(0)} ns for a request`)
  const slower = { 'p99 x 1.5': tail(1.5), 'p99 x 2': tail(2), 'median + 10 %': by(1.1), 'median + 25 %': by(1.25) }
  for (const weight of [0.1, 0.5]) {
    for (const [what, candidate] of Object.entries(slower)) {
      const { median, p95 } = detection({ ...comparison, weight, candidate }, runs)
      say(`${what} at ${100 * weight} %: median ${median}, p95 ${p95} candidate requests`)
    }
    const healthy = { ...comparison, weight, candidate: usual, requests: 100_000 }
    say(
      `as quick, at ${100 * weight} %: ${alarms(healthy, healthyRuns)} of ${healthyRuns} runs of 100,000 requests alarm`,
    )
  }
  const quick: Shape = (z) => 8 * Math.exp(0.25 * z)
  const shaky: Service = {
    ...{
      candidate: quick,
      stable: quick,
      weight: 0.5,
      limit: 200,
      perSecond: 360,
      warmupRequests: 3_000,
      requests: 21_600,
    },
  }
  for (const [offBy, staysOff] of [
    [0.03, 0],
    [0.06, 0],
    [0.12, 0],
    [0.06, 0.7],
  ] as const)
    say(
      `seconds off by ${100 * offBy} %, correlated by ${staysOff}: ${alarms({ ...shaky, offBy, staysOff }, runs)} of ${runs} runs of a minute alarm`,
    )
  const released = { ...comparison, candidate: usual, limit: 1e300 }
  say(`as quick, promoted after ${promotion(released, Math.min(runs, 200)).median} candidate requests in the median`)
  const atMargin = { ...released, candidate: by(1.2), requests: 200_000 }
  say(
    `slower by exactly the margin: ${promotion(atMargin, runs).promoted} of ${runs} runs of 200,000 requests promoted`,
  )
}

if (import.meta.main) main()

// The step whose weight follows the evidence: as much exposure as the exposure budget can bear. What the candidate may cost
// before anybody can take it back is bounded by the upper confidence bound of how much oftener it fails than stable; the
// bound falls with every request that goes well, and so the weight grows. Pure.
import type { Assessment } from '../analysis/judge.ts'
import type { Exposed } from '../analysis/promotion-forecast.ts'
import { boundWithoutFailures } from '../analysis/promotion-forecast.ts'
import { grantTtlMs } from '../routing/route.ts'
import type { Instant, PartsPerMillion } from '../time.ts'
import { everything, nothing, ppm } from '../time.ts'

/** Requests that may fail because of the candidate until full exposure: so many, or a share of all that come meanwhile. */
export type Budget =
  | { readonly kind: 'requests'; readonly failed: number }
  | { readonly kind: 'share'; readonly failed: PartsPerMillion }

export type Ramp = {
  readonly weight: PartsPerMillion
  /** When the weight was first seen at the router, and how many requests of both arms there were by then; null before. */
  readonly from: { readonly at: Instant; readonly requests: number } | null
  /** 1, and one more each time a person resumed the rollout after it was used up. */
  readonly budgets: number
}

/** Nothing at first: how many requests come is measured before any is exposed. */
export const rampStart: Ramp = { weight: nothing, from: null, budgets: 1 }

/** Few weights, so that each lasts: a change ends what is compared of latency. The last is what is watched before everything. */
const ladder = [100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000].map(ppm)
/** Not more than this at once, however few requests come. */
const highestStart = ppm(100_000)

/** A grant may go on for its whole time without anybody at the helm, and a turn passes before it is not renewed. */
export const reachMs = grantTtlMs + 1_000
/** One reach risks at most this part of what is left: a release that is bad leaves some for the next look. */
const riskedPart = 4
/** So long a rate of requests is measured before it is believed. */
const leastMeasuredMs = 2_000
const fewestPerSecond = 1

/** What the budget has come to, in requests. */
export type Standing = {
  readonly allowed: number
  /** Failed requests of the candidate beyond what stable's share of failures would have given it. */
  readonly spent: number
  /** Of both arms. */
  readonly perSecond: number
  /** The candidate's share of failures less stable's, at most; not below 0. */
  readonly worst: number
}

const requestsOf = ({ candidate, stable }: Assessment): number => candidate.requests + stable.requests

/** Null while the rate of requests is not known. */
export const standing = (budget: Budget, ramp: Ramp, seen: RampSeen): Standing | null => {
  const { at, errors } = seen
  const { from } = ramp
  if (from === null || at - from.at < leastMeasuredMs) return null
  const { candidate, stable, difference } = errors
  const perSecond = Math.max(fewestPerSecond, (1_000 * (requestsOf(errors) - from.requests)) / (at - from.at))
  const usual = stable.requests === 0 ? 0 : stable.bad / stable.requests
  const whole =
    budget.kind === 'requests'
      ? budget.failed
      : (budget.failed / everything) * (requestsOf(errors) + (perSecond * reachMs) / 1_000)
  return {
    allowed: ramp.budgets * whole,
    spent: Math.max(0, candidate.bad - candidate.requests * usual),
    perSecond,
    worst: Math.max(0, difference?.upper ?? 1),
  }
}

/** Requests that fail, at worst, until a weight can be taken back. */
export const expectedHarm = ({ perSecond, worst }: Standing, weight: PartsPerMillion): number =>
  ((perSecond * reachMs) / 1_000) * (weight / everything) * worst

const left = ({ allowed, spent }: Standing): number => allowed - spent

/** Whether the next reach may be at this weight. */
export const isAffordable = (of: Standing, weight: PartsPerMillion): boolean =>
  expectedHarm(of, weight) <= left(of) / riskedPart

export type RampSeen = {
  readonly at: Instant
  readonly errors: Assessment
  /** Some metric has too much evidence against it to go on. */
  readonly smoulders: boolean
}

export type Exhausted = Pick<Standing, 'spent' | 'allowed'>

/** The weight from now on; `exhausted` when not even the smallest can be afforded. The same ramp: it stays. */
export const climb = (budget: Budget, ramp: Ramp, seen: RampSeen): Ramp | { readonly exhausted: Exhausted } => {
  const { from, weight } = ramp
  // A judge that begins anew has counted nothing at this weight.
  if (from === null || requestsOf(seen.errors) < from.requests)
    return { ...ramp, from: { at: seen.at, requests: requestsOf(seen.errors) } }
  const now = standing(budget, ramp, seen)
  if (now === null) return ramp
  const affordable = ladder.filter((rung) => isAffordable(now, rung)).at(-1)
  if (affordable === undefined && (weight === nothing || expectedHarm(now, weight) > left(now)))
    return { exhausted: { spent: now.spent, allowed: now.allowed } }
  const next = nextWeight(ramp, { affordable: affordable ?? weight, now, seen })
  return next === weight ? ramp : { ...ramp, weight: next, from: null }
}

/** One weight of a forecast: what was exposed before it, and whether nothing higher comes. */
type Rung = { readonly before: readonly Exposed[]; readonly weight: PartsPerMillion; readonly isTop: boolean }

/** How a candidate climbs of which no request fails: the quickest way. Empty where not even the smallest weight is affordable. */
export const expectedClimb = (budget: Budget, perSecond: number): readonly Rung[] => {
  const rungs: Rung[] = []
  const before: Exposed[] = []
  for (let weight = nothing; ; ) {
    const next = climbed(budget, { weight, perSecond, worst: boundWithoutFailures(before) })
    if (next === weight) break
    weight = next
    rungs.push({ before: [...before], weight, isTop: false })
    before.push({ weight: weight / everything, requests: ((grantTtlMs / 1_000) * perSecond * weight) / everything })
  }
  return rungs.map((rung, index) => ({ ...rung, isTop: index === rungs.length - 1 }))
}

type Expected = Pick<Standing, 'perSecond' | 'worst'> & { readonly weight: PartsPerMillion }

const climbed = (budget: Budget, { weight, perSecond, worst }: Expected): PartsPerMillion => {
  const reached = (perSecond * reachMs) / 1_000
  const allowed = budget.kind === 'requests' ? budget.failed : (budget.failed / everything) * reached
  const now = { allowed, spent: 0, perSecond: Math.max(fewestPerSecond, perSecond), worst }
  return nextRung(weight, ladder.filter((rung) => isAffordable(now, rung)).at(-1) ?? weight)
}

type Choice = { readonly affordable: PartsPerMillion; readonly now: Standing; readonly seen: RampSeen }

/** Down at once, up by one rung when what was granted before is over; what was afforded a moment ago may stay. */
const nextWeight = ({ weight, from }: Ramp, { affordable, now, seen }: Choice): PartsPerMillion => {
  if (expectedHarm(now, weight) > left(now)) return affordable
  const mayGrow = !seen.smoulders && (weight === nothing || seen.at - (from?.at ?? 0) >= grantTtlMs)
  return mayGrow ? nextRung(weight, affordable) : weight
}

const nextRung = (weight: PartsPerMillion, affordable: PartsPerMillion): PartsPerMillion => {
  const above = weight === nothing ? highestStart : (ladder.find((rung) => rung > weight) ?? weight)
  return ppm(Math.max(weight, Math.min(affordable, above)))
}

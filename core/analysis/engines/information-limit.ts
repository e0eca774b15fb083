// How soon anybody could know: Wald's and Lorden's bound on the requests that a sequential test needs, and what a rollout of
// so many requests would have found by now. For display and forecasts; it decides nothing.
//
// Per candidate request, where the candidate has the share w of the requests and stable's rate p0 is not known, the evidence
// against "no worse" grows at best by KL(p1‖p*) + ((1-w)/w) KL(p0‖p*) with p* = w p1 + (1-w) p0 (the growth-rate-optimal rate
// of Turner, Ly & Grünwald, JSPI 2024); where p0 is known by KL(p1‖p0).
import { lastHolding } from './bisection.ts'

/** Rates of bad requests of stable and candidate, and the candidate's share of the requests, all 0 to 1. */
export type Regression = { readonly p0: number; readonly p1: number; readonly share: number }

/** Kullback and Leibler's divergence of two coins, in nats. */
export const divergence = (p: number, q: number): number => part(p, q) + part(1 - p, 1 - q)

const part = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log(p / q))

/** Nats of evidence for each request of the candidate, at best. */
export const growth = ({ p0, p1, share }: Regression): number => {
  const mixed = share * p1 + (1 - share) * p0
  return divergence(p1, mixed) + ((1 - share) / share) * divergence(p0, mixed)
}

/** Nats that a test must gather: errors of the first kind at most `alpha`, of the second `beta` (0: it always finds out). */
export const wald = (alpha: number, beta: number): number =>
  beta === 0 ? -Math.log(alpha) : (1 - beta) * Math.log((1 - beta) / alpha) + beta * Math.log(beta / (1 - alpha))

/** What the judge reaches of what is possible: its mean delay is 1.3 to 1.7 times the bound (spec section 6.2). */
const efficiency = 0.65

export type Watched = {
  /** Stable's rate as it was seen. */
  readonly p0: number
  readonly candidateRequests: number
  readonly share: number
  /** Evidence at which the candidate goes back. */
  readonly limit: number
}

/** The smallest rate of the candidate that would most likely have been found by now; null when not even "all bad" would. */
export const detectableRate = ({ p0, candidateRequests, share, limit }: Watched): number | null => {
  if (candidateRequests === 0 || share <= 0 || share >= 1) return null
  const missed = (p1: number): boolean => efficiency * candidateRequests * growth({ p0, p1, share }) < Math.log(limit)
  return missed(1) ? null : lastHolding(p0, 1, missed)
}

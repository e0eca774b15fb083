// The one function that says what share of an environment's requests the candidate gets. Pure; the lapse and the trip
// are found out elsewhere.
import type { Route, Upstreams } from '@humdrum/core/routing/route.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import { everything, nothing, ppm } from '@humdrum/core/time.ts'

/** The share of all traffic that a side can carry, 0 to 1: its ready instances, out of those that it needs. */
const capacity = (side: Upstreams | null): number =>
  side === null ? 0 : Math.min(1, side.endpoints.length / Math.max(1, side.wanted))

/** `before`: the weight in force until now. */
export type Happened = { readonly tripped: boolean; readonly lapsed: boolean; readonly before: PartsPerMillion }

/**
 * The candidate's weight. A trip or a lapse takes it back to stable as far as stable's ready instances carry it; what they
 * do not carry stays with the candidate, and if both together carry too little each has its proportion. A side without
 * instances gets nothing while the other has some. Without a grant the candidate gets nothing at all. After a trip it
 * never gets more than it had before, whatever becomes of stable.
 */
export const exposure = (
  route: Pick<Route, 'stable' | 'candidate' | 'grant'>,
  { tripped, lapsed, before }: Happened,
): PartsPerMillion => {
  const { grant } = route
  const [ofStable, ofCandidate] = [capacity(route.stable), capacity(route.candidate)]
  if (grant === null || ofCandidate === 0) return nothing
  if (tripped && grant.onTrip === 'return') return ppm(Math.min(before, taken(nothing, ofStable, ofCandidate)))
  if (ofStable === 0) return everything
  if (lapsed && grant.onLapse === 'return') return taken(grant.fallbackWeight, ofStable, ofCandidate)
  return grant.weight
}

const taken = (weight: PartsPerMillion, ofStable: number, ofCandidate: number): PartsPerMillion => {
  const both = ofStable + ofCandidate
  if (both < 1) return ppm(Math.round((ofCandidate / both) * everything))
  return ppm(Math.max(weight, Math.round((1 - ofStable) * everything)))
}

// What is shipped in a storm, and what people do to it: drawn from a seed, so that the same seed ships the same releases.
// When a fault hits is drawn too, but real processes are never twice at the same instruction then.
import type { Random } from '@humdrum/sim/random.ts'

/** What a release is like. `errorShare`: of its answers, the share that is a 500. */
export type Character =
  | { readonly kind: 'good'; readonly errorShare: number }
  | { readonly kind: 'errors'; readonly errorShare: number }
  | { readonly kind: 'neverReady'; readonly errorShare: number }
  /** Every instance ends by itself, so long after it was started. */
  | { readonly kind: 'crashes'; readonly errorShare: number; readonly afterMs: number }

export type OrderKind = 'abort' | 'rollback' | 'pause'

export type Planned =
  | {
      readonly kind: 'deploy'
      readonly character: Character
      /** What somebody orders, so long after it began; a pause is resumed a little later. */
      readonly order: { readonly kind: OrderKind; readonly afterMs: number } | null
    }
  /** Somebody goes back to the release before the present one. */
  | { readonly kind: 'goBack' }

/** Good releases fail now and then too: else no judge could be wrong about them. */
const usualErrorShare = 0.001

export const goodRelease: Character = { kind: 'good', errorShare: usualErrorShare }

const characterOf = (random: Random): Character => {
  const drawn = random.next()
  if (drawn < 0.55) return goodRelease
  if (drawn < 0.75) return { kind: 'errors', errorShare: random.between(15, 50) / 100 }
  if (drawn < 0.87) return { kind: 'neverReady', errorShare: usualErrorShare }
  return { kind: 'crashes', errorShare: usualErrorShare, afterMs: random.between(0, 1_000) }
}

const orderKinds: readonly OrderKind[] = ['abort', 'rollback', 'pause']

const plannedOne = (random: Random): Planned => {
  if (random.chance(0.05)) return { kind: 'goBack' }
  const character = characterOf(random)
  const kind = random.chance(0.25) ? orderKinds[random.between(0, 2)] : undefined
  return { kind: 'deploy', character, order: kind === undefined ? null : { kind, afterMs: random.between(0, 7_000) } }
}

/** What each app ships, one after the other; together as many as were asked for. */
export const planStorm = (random: Random, given: { readonly rollouts: number; readonly apps: readonly string[] }) => {
  const drawn = Array.from({ length: given.rollouts }, () => plannedOne(random))
  return new Map(given.apps.map((app, index) => [app, drawn.filter((_, at) => at % given.apps.length === index)]))
}

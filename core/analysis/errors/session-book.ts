// Sessions of a sticky route: which side of the split a bucket is on, and what each of its outcomes is to the judge. Bits in
// one array, allocated once. It is told the weights and draws nothing itself; a salt makes every book a new draw.
//
// Why a session's first bad event is one event of the judge, with w = min/(min + 1 - max) over the weights in force since
// its first request, is proved in decisions/0017-sessions.md.
import type { PartsPerMillion } from '../../time.ts'
import { everything, nothing, ppm } from '../../time.ts'

/** Users that share a bucket are one session: a million buckets keep that rare. A bucket has 20 bits. */
export const buckets = 2 ** 20

/**
 * What an outcome is to its session. `new`: the first, which counts the session, as a request without a session counts itself.
 * `known`: of one that was counted before, so that only a bad one is told. `again`: of one that went bad before or changed
 * sides, which tells nothing any more.
 */
export type Standing = 'new' | 'known' | 'again'

export type SessionBook = {
  /** Where a bucket lies, 0 to 2^32 - 1: on the candidate's side when `isWithin` the weight. */
  position(bucket: number): number
  /** The weight in force from now on. */
  weigh(weight: PartsPerMillion): void
  /** It has seen as many changes of weight as it can tell apart. */
  isFull(): boolean
  /** A request of this session is routed. */
  begin(bucket: number): void
  /** With what probability a session that could be on either side until now is the candidate's, rounded up. */
  weight(bucket: number): PartsPerMillion
  /** The outcome of one of its requests. */
  settle(bucket: number, bad: boolean): Standing
  /** True once for each session, and only while it did not change sides. */
  time(bucket: number): boolean
  /**
   * A request of a client without a session, which drew this bucket, went bad. The judge may know the bucket's side by it, so
   * the bucket tells nothing more. True when it counts: what fails together counts once for each client and second.
   */
  refuse(bucket: number, client: number, second: number): boolean
}

/** Clients without a session are told apart by so many bits of whatever the caller makes of their addresses. */
const clients = 2 ** 16

/** Of the 16 bits of a session: 1 + the number of the weight at its first request, and what it has told. */
const begun = 0x1fff
const [counted, spent, timed] = [0x2000, 0x4000, 0x8000]

/** Whether a position, 0 to 2^32 - 1, lies on the candidate's side. */
export const isWithin = (weight: PartsPerMillion, position: number): boolean =>
  position < Math.floor((weight / everything) * 2 ** 32)

/** A book of 2.5 MB. Other salts are another draw for every bucket. */
export const createSessionBook = (salts: readonly [number, number], weight: PartsPerMillion): SessionBook => {
  const sessions = new Uint16Array(buckets)
  /** For sessions that began with the weight of this number: the least and the largest weight since. */
  const least: PartsPerMillion[] = [weight]
  const largest: PartsPerMillion[] = [weight]
  const refusedAt = new Float64Array(clients).fill(Number.NEGATIVE_INFINITY)
  let now = weight

  const position = (bucket: number): number => mixed(mixed(bucket + salts[0]) ^ salts[1]) >>> 0

  const weigh = (next: PartsPerMillion): void => {
    if (next === now) return
    now = next
    for (let number = 0; number < least.length; number += 1) {
      least[number] = ppm(Math.min(least[number] ?? next, next))
      largest[number] = ppm(Math.max(largest[number] ?? next, next))
    }
    least.push(next)
    largest.push(next)
  }

  const mark = (bucket: number, bits: number): void => {
    sessions[bucket] = (sessions[bucket] ?? 0) | bits
  }

  const begin = (bucket: number): void => {
    if (((sessions[bucket] ?? 0) & begun) === 0) mark(bucket, least.length)
  }

  const bounds = (of: readonly PartsPerMillion[], bucket: number): PartsPerMillion =>
    of[((sessions[bucket] ?? 0) & begun) - 1] ?? now

  const hasMoved = (bucket: number): boolean => {
    const at = position(bucket)
    return isWithin(bounds(largest, bucket), at) && !isWithin(bounds(least, bucket), at)
  }

  const weightOf = (bucket: number): PartsPerMillion => {
    const [low, high] = [bounds(least, bucket), bounds(largest, bucket)]
    return low === 0 ? nothing : ppm(Math.ceil((everything * low) / (low + everything - high)))
  }

  const settle = (bucket: number, bad: boolean): Standing => {
    const known = sessions[bucket] ?? 0
    if ((known & spent) !== 0) return 'again'
    if (hasMoved(bucket)) {
      mark(bucket, spent)
      return 'again'
    }
    mark(bucket, bad ? counted | spent : counted)
    return (known & counted) === 0 ? 'new' : 'known'
  }

  const time = (bucket: number): boolean => {
    const isFirst = ((sessions[bucket] ?? 0) & timed) === 0 && !hasMoved(bucket)
    mark(bucket, timed)
    return isFirst
  }

  return {
    ...{ position, weigh, begin, weight: weightOf, settle, time },
    isFull: () => least.length === begun,
    refuse: (bucket, client, second) => {
      mark(bucket, spent)
      const counts = refusedAt[client % clients] !== second
      refusedAt[client % clients] = second
      return counts
    },
  }
}

/** The finaliser of MurmurHash3 (Appleby, public domain): a bijection in which every bit moves every other. */
const mixed = (value: number): number => {
  const first = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35)
  return second ^ (second >>> 16)
}

// Outcomes of the last 60 seconds, second by second, in a ring that is allocated once. It knows seconds only by how many
// of them have passed, so it survives a change of clocks.
import type { Tally } from '../tally.ts'

/** The second that is under way and the 59 before it. */
export const windowSeconds = 60

/** [age in seconds, requests, bad]; seconds without a request are left out. */
export type SecondTally = readonly [ageSeconds: number, requests: number, bad: number]

type RecentWindow = {
  count(bad: boolean): void
  /** So many whole seconds have passed; a negative number changes nothing. */
  pass(seconds: number): void
  total(): Tally
  seconds(): readonly SecondTally[]
}

export const createRecentWindow = (from: readonly SecondTally[]): RecentWindow => {
  const requests = new Float64Array(windowSeconds)
  const bad = new Float64Array(windowSeconds)
  let now = 0
  let allRequests = 0
  let allBad = 0

  const slot = (ageSeconds: number): number => (now - ageSeconds + windowSeconds) % windowSeconds
  for (const [ageSeconds, seen, failed] of from) {
    requests[slot(ageSeconds)] = seen
    bad[slot(ageSeconds)] = failed
    allRequests += seen
    allBad += failed
  }

  const pass = (seconds: number): void => {
    const steps = Math.min(seconds, windowSeconds)
    for (let step = 0; step < steps; step += 1) {
      now = (now + 1) % windowSeconds
      allRequests -= requests[now] ?? 0
      allBad -= bad[now] ?? 0
      requests[now] = 0
      bad[now] = 0
    }
  }

  const count = (failed: boolean): void => {
    requests[now] = (requests[now] ?? 0) + 1
    allRequests += 1
    if (!failed) return
    bad[now] = (bad[now] ?? 0) + 1
    allBad += 1
  }

  const seconds = (): readonly SecondTally[] =>
    Array.from(
      { length: windowSeconds },
      (_, age): SecondTally => [age, requests[slot(age)] ?? 0, bad[slot(age)] ?? 0],
    ).filter(([, seen]) => seen > 0)

  return { count, pass, total: () => ({ requests: allRequests, bad: allBad }), seconds }
}

// What the edge lately said of each environment, kept for a minute and only in memory: how many requests come in, how
// often stable fails, how long its answers take. For forecasts; nothing is decided by it.
import type { Scope, Version } from '@humdrum/core/ids.ts'
import { scopeKey } from '@humdrum/core/ids.ts'
import type { ReleaseReport, RouteReport } from '@humdrum/core/routing/route.ts'

const rememberedMs = 60_000
/** Two looks that are nearer say little; what was seen longer ago than the second is no present. */
const leastMs = 5_000
const staleMs = 15_000
const betweenMs = 1_000

export type Traffic = {
  readonly requestsPerSecond: number
  /** Over how long that was counted. */
  readonly overMs: number
  /** The stable release since its edge started, or it was deployed. */
  readonly stable: Pick<ReleaseReport, 'requests' | 'bad' | 'latency'> | null
}

export type TrafficRecord = {
  /** `atMs`: of a clock that never goes back. */
  saw(reports: readonly RouteReport[], atMs: number): void
  /** Null while too little is known. */
  of(scope: Scope, atMs: number): Traffic | null
}

type Look = { readonly atMs: number; readonly requests: number }
type Known = { readonly looks: readonly Look[]; readonly report: RouteReport }

export const createTrafficRecord = (): TrafficRecord => {
  const known = new Map<string, Known>()
  return {
    saw: (reports, atMs) => {
      for (const report of reports) known.set(scopeKey(report), looked(known.get(scopeKey(report)), report, atMs))
    },
    of: (scope, atMs) => {
      const found = known.get(scopeKey(scope))
      return found === undefined ? null : trafficOf(found, atMs)
    },
  }
}

const looked = (before: Known | undefined, report: RouteReport, atMs: number): Known => {
  const last = before?.looks.at(-1)
  if (before === undefined || last === undefined) return { looks: [{ atMs, requests: 0 }], report }
  const look = { atMs, requests: last.requests + newRequests(before.report, report) }
  // The last look is moved on until it is far enough from the one before: a minute is some sixty of them.
  const [beforeLast] = before.looks.slice(-2, -1)
  const isNear = beforeLast !== undefined && last.atMs - beforeLast.atMs < betweenMs
  const looks = [...(isNear ? before.looks.slice(0, -1) : before.looks), look]
  return { looks: looks.filter((one) => atMs - one.atMs <= rememberedMs), report }
}

/** An edge that started anew counts from 0, and so does a release that it had not. */
const newRequests = (before: RouteReport, after: RouteReport): number => {
  const counted = new Map<Version, number>(
    before.epoch === after.epoch ? before.releases.map(({ release, requests }) => [release, requests]) : [],
  )
  return after.releases.reduce(
    (sum, { release, requests }) => sum + Math.max(0, requests - (counted.get(release) ?? 0)),
    0,
  )
}

const trafficOf = ({ looks, report }: Known, atMs: number): Traffic | null => {
  const [first, last] = [looks.at(0), looks.at(-1)]
  if (first === undefined || last === undefined || atMs - last.atMs > staleMs) return null
  const overMs = last.atMs - first.atMs
  if (overMs < leastMs) return null
  return {
    requestsPerSecond: (1_000 * (last.requests - first.requests)) / overMs,
    overMs,
    stable: report.releases.find(({ release }) => release === report.stable) ?? null,
  }
}

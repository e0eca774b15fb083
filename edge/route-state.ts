// One environment in the edge: the order in force, who gets the next request, and what the outcome of a request means.
// The decisive outcome takes the candidate out here, before anything else happens. Knows no HTTP and no file.
import type { Decision } from '@humdrum/core/analysis/decision.ts'
import type { Version } from '@humdrum/core/ids.ts'
import { rolloutName, scopeKey } from '@humdrum/core/ids.ts'
import type { Route, RouteReport, Upstreams } from '@humdrum/core/routing/route.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import { formatPercent, nothing } from '@humdrum/core/time.ts'
import { takesCandidate } from './choose.ts'
import { exposure } from './exposure.ts'
import type { GrantClock } from './grant.ts'
import { createGrantClock } from './grant.ts'
import type { Decided } from './guard.ts'
import { Guard } from './guard.ts'
import { Release } from './release.ts'
import { RescueBudget } from './rescue-budget.ts'
import type { Surroundings } from './surroundings.ts'
import { Upstream } from './upstreams.ts'
import type { Client, Visit } from './visits.ts'
import { Visits } from './visits.ts'

/** Where a request goes, and who judges its outcome; a guard of null = it is in no arm. */
export type Routed = {
  readonly release: Release
  readonly arm: 'stable' | 'candidate'
  readonly weight: PartsPerMillion
  readonly guard: Guard | null
  /** Null where sessions are not told apart. */
  readonly visit: Visit | null
  /** Stable's turn, after the candidate's that failed. */
  readonly insteadOf: Routed | null
  /** The instance that it was sent to last. */
  by: Upstream | null
}

/** What failed: the candidate could not be reached, it answered with 5xx, or it had been taken out before all was tried. */
export type Failure = 'unreachable' | '5xx' | 'takenOut'

/** A route as it is kept across restarts. */
export type StoredRoute = Decided & { readonly route: Route }

type Deciding = Surroundings & {
  readonly epoch: string
  /** Called when something was decided that must outlive the process. */
  readonly persist: () => void
}

/** How often requests that have no answer yet are looked at. */
const lookMs = 250
/** So many of the releases that left are still reported. */
const rememberedReleases = 5
/** What the log says of a decision. */
const decisionWords = { trip: 'tripped', hold: 'holds', note: 'judged worse, and nothing follows' } as const

export class RouteState {
  readonly #around: Deciding
  readonly #grant: GrantClock
  readonly #budget = new RescueBudget()
  /** Null where a request is a unit by itself, and where there is no candidate. */
  #visits: Visits | null = null
  readonly #releases = new Map<Version, Release>()
  #route: Route
  #guard: Guard
  #stable: Release | null = null
  #candidate: Release | null = null
  /** Those two, and the releases that drain. */
  #inForce: ReadonlySet<Release> = new Set()
  /** Nothing at first: so a candidate that was tripped before a restart has nothing after it. */
  #weight = nothing
  #nextLookMs = 0
  #lapsed: boolean

  constructor({ route, ...decided }: StoredRoute, around: Deciding, { restored }: { readonly restored: boolean }) {
    this.#around = around
    this.#route = route
    this.#lapsed = restored && route.candidate !== null
    this.#grant = createGrantClock(around.monotonicMs, this.#lapsed)
    this.#guard = new Guard(route.fence.rollout, decided)
    this.#guard.plan(route.judge, { restored })
    this.#guard.hear(route)
    if (!restored) this.#grant.renew(route.grant)
    this.#arrange()
    this.#weight = this.#exposed()
    this.#keepVisits()
  }

  get route(): Route {
    return this.#route
  }

  /** Puts a newer order in force. */
  apply(route: Route): void {
    if (route.fence.rollout !== this.#guard.rollout) this.#guard = new Guard(route.fence.rollout)
    this.#guard.plan(route.judge, { restored: false })
    this.#guard.hear(route)
    this.#route = route
    this.#grant.renew(route.grant)
    this.#lapsed = false
    this.#arrange()
    this.#setWeight('ordered')
    this.#keepVisits()
  }

  /** Whether clients are told apart now. */
  get knowsClients(): boolean {
    return this.#visits !== null
  }

  /** Who answers the next request; null when nobody can. `client` where clients are told apart. */
  choose(client: Client | null = null): Routed | null {
    this.#lookAtTime()
    this.#watchGrant()
    const [weight, stable, candidate] = [this.#weight, this.#stable, this.#candidate]
    const guard = candidate !== null && this.#route.judge !== null ? this.#guard : null
    const visit = client === null ? null : (this.#visits?.receive(client) ?? null)
    if (candidate !== null && (visit?.isWithin(weight) ?? takesCandidate(weight, this.#around.random))) {
      guard?.expose(this.#around.monotonicMs())
      return { release: candidate, arm: 'candidate', weight, guard, visit, insteadOf: null, by: null }
    }
    if (stable?.hasInstances !== true) return null
    return { release: stable, arm: 'stable', weight, guard, visit, insteadOf: null, by: null }
  }

  /** Whether a request may be sent to its release once more: not to a candidate that was taken out since. */
  exposes({ arm, release }: Routed): boolean {
    this.#watchGrant()
    return arm === 'stable' || release === this.#stable || (release === this.#candidate && this.#weight > 0)
  }

  /**
   * Stable in place of a candidate that failed, in no arm: what failed before says nothing about stable. Null when stable
   * is not to answer it. What a candidate that was taken out leaves is stable's by the weight in force, and no extra load.
   */
  insteadOfCandidate(failed: Routed, failure: Failure): Routed | null {
    const [weight, release] = [this.#weight, this.#stable]
    if (failed.arm === 'stable' || release === failed.release || release?.hasInstances !== true) return null
    if (failure !== 'takenOut' && !this.#rescues(failure)) return null
    return { release, arm: 'stable', weight, guard: null, visit: failed.visit, insteadOf: failed, by: null }
  }

  /** Stable gave an answer in place of the candidate: told of the candidate, and of the rollout whose judge heard of it. */
  rescued({ release, guard }: Routed): void {
    release.counters.rescued += 1
    guard?.rescue()
  }

  /** What came of a request, as soon as it is known (`atMs`, monotonic). */
  settle(routed: Routed, bad: boolean, atMs: number): void {
    if (bad) routed.release.counters.bad += 1
    else if (routed.arm === 'stable' && routed.insteadOf === null) this.#budget.earn(atMs)
    const { guard, arm, visit } = routed
    if (guard === null) return
    const weight = visit?.weight(routed.weight) ?? routed.weight
    const standing = visit?.settle(bad, atMs) ?? 'new'
    // Who brings a bucket was drawn when it was told, and whether its session still counts depends on what came of that.
    if (visit === null || visit.isNewcomer) guard.drawn(arm, routed.weight)
    if (standing !== 'again' && arm === 'candidate' && this.#isSpared(routed, bad)) return
    this.#heed(guard, guard.record({ arm, bad, weight, atMs, standing }), atMs)
  }

  /**
   * Counts what came of a request to the candidate. True when it is laid to one instance, and not to the release: the one that
   * nearly all bad outcomes come from is passed over from now on, and with what it has under way it is compared no more.
   * Leaving out bad outcomes can only spare a release, so it is done once in a rollout.
   */
  #isSpared({ release, guard, by }: Routed, bad: boolean): boolean {
    if (by === null || guard === null) return false
    by.requests += 1
    if (!bad) return false
    by.bad += 1
    if (by.spared > 0) {
      by.spared -= 1
      return true
    }
    if (guard !== this.#guard || guard.badInstance !== null || release !== this.#candidate) return false
    if (release.badInstance() !== by) return false
    this.#blame(guard, release, by)
    return true
  }

  #blame(guard: Guard, release: Release, { endpoint: { instance }, requests, bad }: Upstream): void {
    release.passOver(instance)
    const found = { release: release.version, instance, requests, bad, badOfAll: release.bad }
    guard.blame({ ...found, at: this.#around.wallClock() })
    this.#around.persist()
    this.#say('error', 'passes an instance over', { rollout: rolloutName(guard.rollout), ...found })
  }

  /** How long a request took until the head of its answer, or how long it has taken so far. */
  observe({ guard, arm, visit }: Routed, elapsedMs: number, atMs: number): void {
    if (visit?.time() === false) return // a session is slow once, as it is bad once
    this.#heed(guard, guard?.observe({ arm, elapsedMs, atMs }) ?? null, atMs)
  }

  report(): RouteReport {
    this.#lookAtTime()
    this.#watchGrant()
    const { app, environment, fence, stable, candidate } = this.#route
    const { trip, hold, badInstance } = this.#guard
    return {
      ...{ app, environment, fence, epoch: this.#around.epoch },
      ...{ stable: stable?.release ?? null, candidate: candidate?.release ?? null },
      ...{ weight: this.#weight, lapsed: this.#lapsed, trip, hold, badInstance, judge: this.#guard.judge() },
      mismatch: this.#guard.mismatch(),
      rescued: this.#guard.rescued,
      releases: [...this.#releases.values()].map((one) => one.report({ latency: this.#inForce.has(one) })),
    }
  }

  /** With the present state of judge and count, so that the next edge of this folder goes on from there. */
  stored(): StoredRoute {
    const { trip, hold, badInstance, rescued } = this.#guard
    const judge = this.#route.judge && { ...this.#route.judge, resume: this.#guard.judge() }
    return { route: { ...this.#route, judge, rescued }, trip, hold, badInstance }
  }

  /** Once a second: what has taken too long is known to be slow, and a second in which nothing came is over too. */
  #lookAtTime(): void {
    const nowMs = this.#around.monotonicMs()
    if (nowMs < this.#nextLookMs) return
    this.#nextLookMs = nowMs + lookMs
    const guard = this.#guard
    const settledAfterMs = guard.settledAfterMs()
    if (settledAfterMs !== null)
      for (const release of [this.#stable, this.#candidate])
        for (const request of release?.inFlight ?? []) request.outlast(settledAfterMs, nowMs)
    this.#heed(guard, guard.turn(nowMs), nowMs)
  }

  #heed(guard: Guard | null, decision: Decision | null, atMs: number): void {
    if (guard !== null && decision !== null) this.#decide(guard, decision, atMs)
  }

  /** Ends everything that is in flight, and every connection. */
  close(): void {
    for (const release of this.#releases.values()) this.#dismiss(release)
  }

  /** Stable has all the instances that it needs, and did not stand in too often lately. */
  #rescues(failure: Exclude<Failure, 'takenOut'>): boolean {
    const { shield, stable } = this.#route
    if (shield === 'off' || (failure === '5xx' && shield !== '5xx')) return false
    const isWhole = stable !== null && stable.endpoints.length >= stable.wanted
    return isWhole && this.#budget.take(this.#around.monotonicMs())
  }

  #decide(guard: Guard, decision: Decision, atMs: number): void {
    const before = this.#weight
    this.#weight = this.#exposed()
    this.#visits?.weigh(this.#weight)
    const decisiveToZeroMs = this.#around.monotonicMs() - atMs
    guard.keep(decision, { at: this.#around.wallClock(), decisiveToZeroMs })
    this.#around.persist()
    this.#say(decision.kind === 'trip' ? 'error' : 'info', decisionWords[decision.kind], {
      ...{ rollout: rolloutName(guard.rollout), rule: decision.rule, evidence: decision.evidence },
      ...{ from: formatPercent(before), to: formatPercent(this.#weight) },
    })
  }

  #watchGrant(): void {
    if (this.#lapsed || !this.#grant.lapsed()) return
    this.#lapsed = true
    this.#setWeight('the grant lapsed')
  }

  #setWeight(why: string): void {
    const before = this.#weight
    this.#weight = this.#exposed()
    if (before === this.#weight) return
    this.#visits?.weigh(this.#weight)
    const atMs = this.#around.monotonicMs()
    this.#heed(this.#guard, this.#guard.cut(atMs), atMs)
    this.#say('info', `weight: ${why}`, { from: formatPercent(before), to: formatPercent(this.#weight) })
  }

  #keepVisits(): void {
    const { unit, fence } = this.#route
    const wanted = unit === 'session' && this.#candidate !== null
    if (!wanted) this.#visits = null
    else if (this.#visits?.rollout !== fence.rollout)
      this.#visits = new Visits(fence.rollout, this.#weight, this.#around.random)
  }

  #exposed(): PartsPerMillion {
    return exposure(this.#route, { tripped: this.#guard.tripped, lapsed: this.#lapsed, before: this.#weight })
  }

  #say(level: 'info' | 'error', message: string, more: Readonly<Record<string, unknown>>): void {
    this.#around.log(level, message, { scope: scopeKey(this.#route), ...more })
  }

  /** Makes the releases and their instances those of the order. */
  #arrange(): void {
    const { stable, candidate, draining, warmup } = this.#route
    this.#stable = this.#serve(stable)
    this.#candidate = this.#serve(candidate)
    const sides = [this.#stable, this.#candidate, ...draining.map((side) => this.#serve(side))]
    const { badInstance } = this.#guard
    if (badInstance !== null) this.#candidate?.passOver(badInstance.instance)
    for (const release of [this.#stable, this.#candidate]) release?.warmUp(warmup)
    const before = this.#inForce
    this.#inForce = new Set(sides.filter((release) => release !== null))
    for (const release of before) if (!this.#inForce.has(release)) this.#depart(release)
    this.#forget()
  }

  #depart(release: Release): void {
    this.#dismiss(release)
    this.#releases.delete(release.version)
    this.#releases.set(release.version, release) // the last to be forgotten
  }

  #forget(): void {
    const departed = [...this.#releases.values()].filter((one) => !this.#inForce.has(one) && one.inFlight.size === 0)
    for (const { version } of departed.slice(0, -rememberedReleases)) this.#releases.delete(version)
  }

  #serve(side: Upstreams | null): Release | null {
    if (side === null) return null
    const release = this.#releases.get(side.release) ?? new Release(side.release)
    this.#releases.set(side.release, release)
    const { monotonicMs: nowMs, headTimeoutMs } = this.#around
    release.use(side.endpoints, (endpoint) => new Upstream({ endpoint, headTimeoutMs, nowMs }))
    return release
  }

  #dismiss(release: Release): void {
    release.cut()
    release.use([], () => {
      throw new Error('nobody asked for an instance')
    })
  }
}

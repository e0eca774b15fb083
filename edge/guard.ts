// The trip wire of one rollout: its judge, and what it has decided. A trip belongs to the rollout, for good: no grant of
// the same rollout takes it back. Knows nothing of weights; whoever is told of a decision sets them.
import type { Decision, Trip } from '@humdrum/core/analysis/decision.ts'
import { holdWords } from '@humdrum/core/analysis/decision.ts'
import type { Outcome } from '@humdrum/core/analysis/errors/error-judge.ts'
import type { Mismatch } from '@humdrum/core/analysis/errors/split-check.ts'
import { createSplitCheck } from '@humdrum/core/analysis/errors/split-check.ts'
import type { Judge, JudgePlan } from '@humdrum/core/analysis/judge.ts'
import { assess, createJudge } from '@humdrum/core/analysis/judge.ts'
import type { JudgeState } from '@humdrum/core/analysis/judge-state.ts'
import type { Observation } from '@humdrum/core/analysis/latency/latency-judge.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { BadInstance, Hold, RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant, PartsPerMillion } from '@humdrum/core/time.ts'

/** What outlives the process. */
export type Decided = Pick<RouteReport, 'trip' | 'hold' | 'badInstance'>

export class Guard {
  readonly rollout: RolloutId
  #judge: Judge | null = null
  /** Set up from what an earlier edge had stored: the server may know more, and is believed if it does. */
  #provisional = false
  #tripped = false
  #rescued = 0
  #trip: Trip | null
  #hold: Hold | null
  #badInstance: BadInstance | null
  readonly #split = createSplitCheck()

  constructor(rollout: RolloutId, decided: Decided = nothingDecided) {
    this.rollout = rollout
    this.#trip = decided.trip
    this.#hold = decided.hold
    this.#badInstance = decided.badInstance
    this.#tripped = decided.trip !== null
  }

  /** An order's plan. A judge that is under way goes on; without a plan it is kept, for the outcomes still to come. */
  plan(plan: JudgePlan | null, { restored }: { readonly restored: boolean }): void {
    if (plan === null) return
    if (this.#judge !== null && !(this.#provisional && isAhead(plan.resume, this.#judge.state()))) return
    this.#judge = createJudge(plan)
    this.#provisional = restored
  }

  /** Of the bad outcomes of the candidate: one that stable answered in its place. */
  rescue(): void {
    this.#rescued += 1
  }

  /** Goes on from what somebody else knows of this rollout, if that is more. */
  hear({ rescued }: { readonly rescued: number }): void {
    this.#rescued = Math.max(this.#rescued, rescued)
  }

  /** A request goes to the candidate. */
  expose(atMs: number): void {
    this.#judge?.expose(atMs)
  }

  /** Counts an outcome; answers a decision when it is the decisive one. */
  record(outcome: Outcome): Decision | null {
    return this.#decided(this.#judge?.record(outcome) ?? null)
  }

  /** The outcome of something that was drawn with this weight came in. */
  drawn(arm: Outcome['arm'], weight: PartsPerMillion): void {
    this.#split.count(arm, weight)
  }

  /** Lays what speaks against the candidate to one of its instances, once. */
  blame(instance: BadInstance): void {
    this.#badInstance = instance
    this.#judge?.forgive()
  }

  /** Counts how long a request took; the decision is of the seconds before. */
  observe(observation: Observation): Decision | null {
    return this.#decided(this.#judge?.observe(observation) ?? null)
  }

  /** Tells the time. */
  turn(atMs: number): Decision | null {
    return this.#decided(this.#judge?.turn(atMs) ?? null)
  }

  /** The weight is about to change. */
  cut(atMs: number): Decision | null {
    return this.#decided(this.#judge?.cut(atMs) ?? null)
  }

  /** A request that takes longer is slow, whenever it ends. */
  settledAfterMs(): number | null {
    return this.#judge?.settledAfterMs() ?? null
  }

  #decided(decision: Decision | null): Decision | null {
    if (decision?.kind === 'trip') this.#tripped = true
    return decision
  }

  /** Puts a decision on record, once it is in force. */
  keep(
    decision: Decision,
    { at, decisiveToZeroMs }: { readonly at: Instant; readonly decisiveToZeroMs: number },
  ): void {
    const state = this.judge()
    if (state === null) throw new Error('a decision without a judge')
    if (decision.kind === 'hold') {
      this.#hold = { reason: holdWords(decision), at }
      return
    }
    if (decision.kind === 'note') {
      this.#judge?.date(at)
      return
    }
    const { metric, rule, evidence, limit } = decision
    const found = assess(state).find((one) => one.metric === metric)
    if (found === undefined) throw new Error(`a decision about ${metric}, which is not judged`)
    const { candidate, stable, slowness } = found
    this.#trip = {
      metric,
      rule,
      evidence,
      limit,
      candidate,
      stable,
      slowness,
      at,
      decisiveToZeroMs,
    }
  }

  /** True from the decisive outcome on, before the trip is on record. */
  get tripped(): boolean {
    return this.#tripped
  }
  get trip(): Trip | null {
    return this.#trip
  }
  get hold(): Hold | null {
    return this.#hold
  }
  get badInstance(): BadInstance | null {
    return this.#badInstance
  }
  mismatch(): Mismatch | null {
    return this.#split.look()
  }
  get rescued(): number {
    return this.#rescued
  }
  judge(): JudgeState | null {
    return this.#judge?.state() ?? null
  }
}

const nothingDecided = { trip: null, hold: null, badInstance: null }

const seen = ({ errors }: JudgeState): number => errors.candidate.requests + errors.stable.requests

/** By the candidate's outcomes first: while a restarted edge waits for its grant, stable's alone go on to be counted. */
const isAhead = (resume: JudgeState | null, own: JudgeState): boolean => {
  if (resume === null) return false
  const more = resume.errors.candidate.requests - own.errors.candidate.requests
  return more === 0 ? seen(resume) > seen(own) : more > 0
}

// Thresholds that fit a service: of its last thousand good rollouts, each an hour long, one in a hundred would have exceeded
// them. So a peer gets the same odds of a false alarm as the judges here, as long as the service stays as it was.
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import type { Watcher } from './panel.ts'
import type { Compared, Measured, Pair } from './peers.ts'
import { createKayentaLooks } from './peers.ts'
import { randomOfRun } from './run-seed.ts'

export type Service = {
  readonly name: string
  /** A rollout of a release that is no worse. */
  run(random: Random, watchers: readonly Watcher[]): void
  /** What is held against a threshold each minute. */
  readonly measured: Measured
  /** What Kayenta compares, by name. */
  readonly compared: Readonly<Record<string, Compared>>
}

/** Minute by minute. */
type PastRollout = { readonly values: number[]; readonly pairs: Map<string, (Pair | null)[]> }

const rollouts = 1_000
const tolerated = 0.01

/** `most` of failedMinutes. */
export const tunedMost = (service: Service, failures: number): number =>
  once(`${service.name} ${failures}`, () =>
    pastOf(service).map(({ values }) => values.toSorted((one, other) => other - one)[failures - 1] ?? 0),
  )

/** `tolerance` of kayenta; one below 0 is none. */
export const tunedTolerance = (
  service: Service,
  { name, everyMinutes }: { readonly name: string; readonly everyMinutes: number },
): number =>
  once(`${service.name} ${name} ${everyMinutes}`, () =>
    pastOf(service).map(({ pairs }) => {
      const look = createKayentaLooks(everyMinutes)
      return Math.max(0, ...(pairs.get(name) ?? []).map(look))
    }),
  )

const thresholds = new Map<string, number>()

/** `worst` gives what each rollout would have come to. */
const once = (key: string, worst: () => readonly number[]): number => {
  const found = thresholds.get(key) ?? exceededSeldom(worst())
  thresholds.set(key, found)
  return found
}

/** What `tolerated` of all values lie above, at most. */
const exceededSeldom = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.ceil((1 - tolerated) * values.length) - 1] ?? 0

const pasts = new Map<string, readonly PastRollout[]>()

/** The seed is its own: what a peer is measured on afterwards it has not seen. */
const pastOf = (service: Service): readonly PastRollout[] => {
  const found =
    pasts.get(service.name) ??
    Array.from({ length: rollouts }, (_, run) => rolloutOf(service, randomOfRun(0, `tuning ${service.name}`, run)))
  pasts.set(service.name, found)
  return found
}

const rolloutOf = (service: Service, random: Random): PastRollout => {
  const compared = Object.entries(service.compared)
  const rollout: PastRollout = { values: [], pairs: new Map(compared.map(([name]) => [name, []])) }
  const watcher: Watcher = {
    kind: 'minute',
    see: (minute) => {
      rollout.values.push(service.measured(minute) ?? 0)
      for (const [name, compare] of compared) rollout.pairs.get(name)?.push(compare(minute))
      return false
    },
  }
  service.run(random, [watcher])
  return rollout
}

// A release as this edge serves it: its instances, what it has in flight, its counts. Knows nothing of weights and of
// other releases.
import { badInstance } from '@humdrum/core/analysis/errors/bad-instance.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Endpoint, ReleaseReport, Warmup } from '@humdrum/core/routing/route.ts'
import { chooseInstance } from './choose.ts'
import { Counters } from './counters.ts'
import type { Upstream } from './upstreams.ts'
import { endpointKey } from './upstreams.ts'

/** A request of a user that is being answered. */
export type InFlight = {
  /** Ends it now: its answer stays incomplete, and it is not counted as bad. */
  cut(): void
  /** It is slow, whenever it is answered, if it has been waited for so long. */
  outlast(settledAfterMs: number, nowMs: number): void
}

export class Release {
  readonly version: Version
  readonly counters = new Counters()
  readonly inFlight = new Set<InFlight>()
  #upstreams: readonly Upstream[] = []
  #turn = 0

  constructor(version: Version) {
    this.version = version
  }

  /** Makes these its instances. One that stays keeps its connections; one that left finishes what it has. */
  use(endpoints: readonly Endpoint[], open: (endpoint: Endpoint) => Upstream): void {
    const before = new Map(this.#upstreams.map((upstream) => [endpointKey(upstream.endpoint), upstream]))
    const wanted = new Map(endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]))
    this.#upstreams = [...wanted].map(([key, endpoint]) => before.get(key) ?? open(endpoint))
    for (const [key, upstream] of before) if (!wanted.has(key)) upstream.close()
  }

  warmUp(plan: Warmup | null): void {
    for (const upstream of this.#upstreams) void upstream.warmUp(plan)
  }

  /** The instance for the next attempt of a request; null when all were tried. */
  choose(tried: ReadonlySet<Upstream> | null, nowMs: number): Upstream | null {
    this.#turn += 1
    return chooseInstance(this.#upstreams, { tried, nowMs, turn: this.#turn })
  }

  /** The one of its instances that nearly all bad outcomes came from; null where none is at fault. */
  badInstance(): Upstream | null {
    const index = badInstance(this.#upstreams)
    return index === null ? null : (this.#upstreams[index] ?? null)
  }

  /** Of all its instances. */
  get bad(): number {
    return this.#upstreams.reduce((sum, { bad }) => sum + bad, 0)
  }

  /** From now on this instance is for when there is no other. */
  passOver(instance: string): void {
    for (const upstream of this.#upstreams)
      if (upstream.endpoint.instance === instance && !upstream.passedOver) {
        upstream.passedOver = true
        upstream.spared = upstream.inFlight
      }
  }

  get hasInstances(): boolean {
    return this.#upstreams.length > 0
  }

  /** Ends everything that it has in flight. */
  cut(): void {
    for (const request of this.inFlight) request.cut()
  }

  /** The histogram is most of a report: left out of that of a release that serves nobody any more. */
  report({ latency: wanted }: { readonly latency: boolean }): ReleaseReport {
    const { requests, bad, aborted, cut, rescued } = this.counters
    const warm = this.#upstreams.filter((upstream) => upstream.warm).map(({ endpoint }) => endpoint.instance)
    const latency = wanted ? this.counters.latency() : []
    const inFlight = this.inFlight.size
    return { release: this.version, requests, bad, inFlight, aborted, cut, rescued, warm, latency }
  }
}

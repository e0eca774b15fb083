// From the desired world to the order for the router: endpoints are the instances that are there. Pure.
import type { JudgedMetric } from '@humdrum/core/analysis/judge.ts'
import { isOfEdge, limitOf } from '@humdrum/core/analysis/metric.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Instance } from '@humdrum/core/ports.ts'
import type { World } from '@humdrum/core/rollout/desired.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import { warmupMs } from '@humdrum/core/rollout/state.ts'
import type { Endpoint, Route, Upstreams } from '@humdrum/core/routing/route.ts'
import { inForce } from '../delivery/exposure.ts'
import type { Measurement } from '../store/records.ts'
import type { Exposure } from '../store/rollouts.ts'

export type RouteParts = {
  readonly rollout: Rollout
  readonly world: World
  readonly instances: readonly Instance[]
  readonly exposure: Exposure
  readonly last: Measurement | null
}

/** No request has this host (RFC 2606): a route that has nothing to serve takes none from others. */
const nowhere = ['nowhere.invalid']

export const routeOf = ({ rollout, world, instances, exposure, last }: RouteParts): Route => {
  const { plan } = rollout
  const reach = inForce({ rollout, exposure })
  const upstreams = (release: Version | null): Upstreams | null =>
    release === null
      ? null
      : {
          release,
          endpoints: endpointsOf(release, instances),
          wanted: release === plan.candidate ? plan.candidateInstances : plan.stableInstances,
        }
  return {
    ...rollout.scope,
    fence: { rollout: rollout.id, generation: rollout.generation },
    hosts: reach?.hosts ?? nowhere,
    stable: upstreams(world.stable),
    candidate: upstreams(world.candidate),
    draining: world.draining.map((release) => ({ release, endpoints: endpointsOf(release, instances), wanted: 1 })),
    grant: world.grant,
    warmup: reach?.warmup ?? null,
    judge: world.judged ? { metrics: judgedOf(plan), warmupMs: warmupMs(plan), resume: last?.judge ?? null } : null,
    shield: reach?.shield ?? 'off',
    unit: plan.unit,
    rescued: last?.rescued ?? 0,
  }
}

const judgedOf = ({ metrics, alpha }: Plan): readonly JudgedMetric[] =>
  metrics.filter(isOfEdge).map((metric) => ({ ...metric, limit: limitOf(metric, metrics, alpha) }))

const endpointsOf = (release: Version, instances: readonly Instance[]): readonly Endpoint[] =>
  instances
    .filter((instance) => instance.release === release && instance.state === 'ready')
    .map(({ id, host, port }) => ({ instance: id, host, port }))

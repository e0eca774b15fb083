// The edge's counts as Prometheus reads them. Pure: from a report to text. Knows nothing of how they came about.
import { latencyBucketStartMs } from '@humdrum/core/analysis/latency/latency-bucket.ts'
import type { ReleaseReport, RouteReport } from '@humdrum/core/routing/route.ts'
import { everything } from '@humdrum/core/time.ts'

type Sample = { readonly name: string; readonly labels: Labels; readonly value: number }
type Labels = Readonly<Record<string, string>>
type Family = {
  readonly name: string
  readonly kind: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  readonly samples: readonly Sample[]
}

/** What the process itself has to say. */
export type Vitals = { readonly residentBytes: number; readonly cpuSeconds: number }

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** Every route, every release that is still reported, and the process. */
export const metricsText = (routes: readonly RouteReport[], { residentBytes, cpuSeconds }: Vitals): string =>
  [
    ...releaseFamilies(routes),
    ...routeFamilies(routes),
    plain('process_resident_memory_bytes', 'gauge', { help: 'Memory of the edge.', value: residentBytes }),
    plain('process_cpu_seconds_total', 'counter', { help: 'CPU time of the edge.', value: cpuSeconds }),
  ]
    .map(familyText)
    .join('')

const releaseFamilies = (routes: readonly RouteReport[]): readonly Family[] => {
  const releases = routes.flatMap((route) => route.releases.map((release) => ({ route, release })))
  const family = (name: string, help: string, of: (release: ReleaseReport) => number): Family => ({
    name,
    kind: name.endsWith('_total') ? 'counter' : 'gauge',
    help,
    samples: releases.map(({ route, release }) => ({ name, labels: labelsOf(route, release), value: of(release) })),
  })
  const latency = 'humdrum_edge_response_head_seconds'
  return [
    family('humdrum_edge_requests_total', 'Requests that the release answered or should have.', (one) => one.requests),
    family('humdrum_edge_bad_total', '5xx, no answer, or one that broke off.', (one) => one.bad),
    family('humdrum_edge_aborted_total', 'The client left before the end; not bad.', (one) => one.aborted),
    family('humdrum_edge_cut_total', 'Ended by the edge at a deadline; not bad.', (one) => one.cut),
    family('humdrum_edge_rescued_total', 'Bad ones that stable answered instead.', (one) => one.rescued),
    family('humdrum_edge_in_flight', 'Requests that are being answered.', (one) => one.inFlight),
    family('humdrum_edge_warm_instances', 'Instances that had their warm-up.', (one) => one.warm.length),
    {
      name: latency,
      kind: 'histogram',
      help: 'Time from dispatch to the head of the answer; the sum is right to 0.8 %.',
      // One that left is reported without buckets: its series ends, rather than falling to 0.
      samples: releases
        .filter(({ release }) => release.latency.length > 0)
        .flatMap(({ route, release }) => histogram(latency, labelsOf(route, release), release.latency)),
    },
  ]
}

const routeFamilies = (routes: readonly RouteReport[]): readonly Family[] => {
  const family = (name: string, help: string, of: (route: RouteReport) => number): Family => ({
    name,
    kind: 'gauge',
    help,
    samples: routes.map((route) => ({ name, labels: scopeLabels(route), value: of(route) })),
  })
  return [
    family('humdrum_edge_candidate_weight', 'Share of the requests, 0 to 1.', (route) => route.weight / everything),
    family('humdrum_edge_tripped', '1 when the trip wire took the candidate out.', ({ trip }) => Number(trip !== null)),
    family('humdrum_edge_lapsed', '1 when the grant of the candidate ran out.', ({ lapsed }) => Number(lapsed)),
  ]
}

const plain = (name: string, kind: Family['kind'], of: { readonly help: string; readonly value: number }): Family => ({
  ...{ name, kind, help: of.help },
  samples: [{ name, labels: {}, value: of.value }],
})

const scopeLabels = ({ app, environment }: RouteReport): Labels => ({ app, environment })

const labelsOf = (route: RouteReport, { release }: ReleaseReport): Labels => ({ ...scopeLabels(route), release })

/** Where a bucket of the edge begins exactly: powers of two, from 256 µs to 17 minutes. */
const bounds = Array.from({ length: 17 }, (_, doubling) => 2 ** (doubling + 8) / 1_000_000)

const histogram = (name: string, labels: Labels, buckets: ReleaseReport['latency']): readonly Sample[] => {
  let [count, sum] = [0, 0]
  for (const [bucket, seen] of buckets) {
    count += seen
    sum += (seen * (latencyBucketStartMs(bucket) + latencyBucketStartMs(bucket + 1))) / 2_000
  }
  const upTo = (bound: number): number =>
    buckets.reduce((total, [bucket, seen]) => total + (latencyBucketStartMs(bucket) < bound * 1_000 ? seen : 0), 0)
  return [
    ...bounds.map((bound) => ({ name: `${name}_bucket`, labels: { ...labels, le: `${bound}` }, value: upTo(bound) })),
    { name: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { name: `${name}_sum`, labels, value: sum },
    { name: `${name}_count`, labels, value: count },
  ]
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

const familyText = ({ name, kind, help, samples }: Family): string =>
  samples.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n${samples.map(sampleText).join('')}`

const sampleText = ({ name, labels, value }: Sample): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
}

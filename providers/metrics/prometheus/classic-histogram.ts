// The increase of a classic histogram in a window, per bucket: series with the label `le` that count what is at most so
// much. The buckets of one instance are scraped together, so they begin anew together as well.
import type { Labels, Sample } from './answer.ts'
import { seriesName } from './answer.ts'
import type { Tracked } from './selection.ts'

/** Counts lie between the edges: one more than edges, the last for what is beyond. */
export type Buckets = { readonly edges: readonly number[]; readonly counts: readonly number[] }
export type Bucketed = { readonly ok: true; readonly value: Buckets } | { readonly ok: false; readonly reason: string }

/** The buckets of one instance, by their edges in ascending order. */
type Group = { readonly labels: Labels; readonly byEdge: ReadonlyMap<number, Tracked<Sample>> }

export const classicIncrease = (tracked: readonly Tracked<Sample>[]): Bucketed => {
  const groups = groupsOf(tracked)
  if (typeof groups === 'string') return refused(groups)
  const alive = groups.filter(({ byEdge }) => [...byEdge.values()].some(({ fresh }) => fresh.length > 0))
  const [first] = alive
  if (first === undefined) return refused('no bucket has a new sample')
  for (const group of alive) {
    const flaw = differentEdges(first, group) ?? changedEdges(group)
    if (flaw !== null) return refused(flaw)
  }
  const edges = [...first.byEdge.keys()]
  const cumulative = edges.map(() => 0)
  for (const group of alive)
    for (const [index, grown] of groupIncrease(group).entries()) cumulative[index] = (cumulative[index] ?? 0) + grown
  const counts = cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0))
  return counts.some((count) => count < 0)
    ? refused(`the buckets of ${nameOf(first)} do not add up: one counts fewer than the one below it`)
    : { ok: true, value: { edges: edges.slice(0, -1), counts } }
}

const refused = (reason: string): Bucketed => ({ ok: false, reason })
const nameOf = ({ labels }: Group): string => seriesName(labels)

const groupsOf = (tracked: readonly Tracked<Sample>[]): readonly Group[] | string => {
  const groups = new Map<string, { labels: Labels; byEdge: Map<number, Tracked<Sample>> }>()
  for (const one of tracked) {
    const { le, ...labels } = one.labels
    const edge = Number(le?.replace(/Inf$/, 'Infinity') ?? Number.NaN)
    if (Number.isNaN(edge)) return `${seriesName(one.labels)} is no bucket: it has no label le with a number`
    const key = seriesName(labels)
    const group = groups.get(key) ?? { labels, byEdge: new Map() }
    groups.set(key, group)
    if (group.byEdge.has(edge)) return `${key} has the bucket ${edge} twice`
    group.byEdge.set(edge, one)
  }
  const sorted = [...groups.values()].map(({ labels, byEdge }) => ({
    ...{ labels, byEdge: new Map([...byEdge].sort(([a], [b]) => a - b)) },
  }))
  const open = sorted.find(({ byEdge }) => !byEdge.has(Number.POSITIVE_INFINITY))
  return open === undefined ? sorted : `${nameOf(open)} lacks the bucket +Inf`
}

const differentEdges = (one: Group, other: Group): string | null =>
  edgesText(one.byEdge.keys()) === edgesText(other.byEdge.keys())
    ? null
    : `two instances have different edges: ${nameOf(one)} has ${edgesText(one.byEdge.keys())}, ${nameOf(other)} has ${edgesText(other.byEdge.keys())}`

/** All edges of a scrape share its time: a scrape that lacks one is of a program with other buckets. */
const changedEdges = (group: Group): string | null => {
  const scrapes = new Map<number, number[]>()
  for (const [edge, { base, fresh }] of group.byEdge)
    for (const { at } of base === null ? fresh : [base, ...fresh]) scrapes.set(at, [...(scrapes.get(at) ?? []), edge])
  const texts = [...scrapes].sort(([a], [b]) => a - b).map(([, edges]) => edgesText(edges))
  const [first] = texts
  const other = texts.find((text) => text !== first)
  return other === undefined
    ? null
    : `the edges of ${nameOf(group)} changed between two scrapes: from ${first} to ${other}`
}

const edgesText = (edges: Iterable<number>): string =>
  [...edges].map((edge) => (edge === Number.POSITIVE_INFINITY ? '+Inf' : edge)).join(' ')

/** Cumulative, as the buckets are. One bucket that fell says that all began anew: a small one may have grown past where it was. */
const groupIncrease = ({ byEdge }: Group): readonly number[] => {
  const rows = [...byEdge.values()].map(({ base, fresh }) => [base?.value ?? 0, ...fresh.map(({ value }) => value)])
  const sums = rows.map(() => 0)
  for (let scrape = 1; scrape < (rows[0]?.length ?? 0); scrape += 1) {
    const steps = rows.map((row) => ({ before: row[scrape - 1] ?? 0, after: row[scrape] ?? 0 }))
    const beganAnew = steps.some(({ before, after }) => after < before)
    for (const [index, { before, after }] of steps.entries())
      sums[index] = (sums[index] ?? 0) + after - (beganAnew ? 0 : before)
  }
  return sums
}

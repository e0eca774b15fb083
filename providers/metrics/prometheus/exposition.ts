// What an app shows to a scraper, for tests: samples of long ago as OpenMetrics text, and native histograms in the protobuf
// form (the only one that has them), written byte by byte.

/** `[seconds, value]`: as Prometheus writes them, `NaN` included. */
export type History = readonly (readonly [seconds: number, value: number])[]

/** Series by their name with labels, as they are written: `hits_total{v="v1"}`. */
export const openMetrics = (series: Readonly<Record<string, History>>): string => {
  const families = Map.groupBy(Object.entries(series), ([name]) => name.replace(/\{.*/, ''))
  const lines = [...families.values()].flatMap((family) =>
    family.flatMap(([name, samples]) => samples.map(([seconds, value]) => `${name} ${value} ${seconds}`)),
  )
  return `${lines.join('\n')}\n# EOF\n`
}

export type NativeExposition = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly schema: number
  readonly zeroCount: number
  /** Observations by the index of their bucket: (2^((i − 1) / 2^schema), 2^(i / 2^schema)]. */
  readonly buckets: Readonly<Record<number, number>>
  readonly sum: number
}

/** A delimited io.prometheus.client.MetricFamily with one histogram. */
export const nativeHistogram = ({ name, labels, schema, zeroCount, buckets, sum }: NativeExposition): Buffer => {
  const filled = Object.entries(buckets)
    .map(([index, count]) => ({ index: Number(index), count }))
    .sort((a, b) => a.index - b.index)
  const count = filled.reduce((total, bucket) => total + bucket.count, zeroCount)
  const spans = filled.map(({ index }, place) =>
    bytes(
      12,
      Buffer.concat([
        varint(1, zigzag(index - (place === 0 ? 0 : (filled[place - 1]?.index ?? 0) + 1))),
        varint(2, 1n),
      ]),
    ),
  )
  const deltas = filled.map((bucket, place) => varint(13, zigzag(bucket.count - (filled[place - 1]?.count ?? 0))))
  const histogram = Buffer.concat([
    ...[varint(1, BigInt(count)), double(2, sum), varint(5, zigzag(schema)), double(6, 2 ** -128)],
    ...[varint(7, BigInt(zeroCount)), ...spans, ...deltas],
  ])
  const pairs = Object.entries(labels).map(([label, value]) =>
    bytes(1, Buffer.concat([text(1, label), text(2, value)])),
  )
  const family = Buffer.concat([
    ...[text(1, name), varint(3, 4n), bytes(4, Buffer.concat([...pairs, bytes(7, histogram)]))],
  ])
  return Buffer.concat([number(BigInt(family.length)), family])
}

export const protobufType =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

const number = (value: bigint): Buffer => {
  const out: number[] = []
  let rest = value
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Buffer.from([...out, Number(rest)])
}

const zigzag = (value: number): bigint => BigInt(value >= 0 ? 2 * value : -2 * value - 1)
const varint = (field: number, value: bigint): Buffer => Buffer.concat([number(BigInt(field << 3)), number(value)])
const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([number(BigInt((field << 3) | 2)), number(BigInt(value.length)), value])
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value))
const double = (field: number, value: number): Buffer => {
  const eight = Buffer.alloc(8)
  eight.writeDoubleLE(value)
  return Buffer.concat([number(BigInt((field << 3) | 1)), eight])
}

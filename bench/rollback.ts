// How fast a bad release is taken back: `npm run bench:rollback -- [--json] [--quick]`. Prints the table of
// docs/benchmarks.md; with --json the last line is one object. Exit 1 when a figure misses what it should reach.
import { cpus } from 'node:os'
import type { Bench } from './edge-under-load.ts'
import { startBench } from './edge-under-load.ts'
import { detection, falseAlarms } from './error-judge.ts'
import type { Packed, Site } from './packed.ts'
import { openSite, unpackPackage } from './packed.ts'
import { startUps } from './start-up.ts'
import { deployOverheads, rollbacks, statusTimes } from './way-back.ts'

type Row = {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** At most this; null where nothing was promised. */
  readonly reach: number | null
  readonly detail: string
}

/** A figure that is no number is missed as well. */
const isMissed = ({ value, reach }: Row): boolean => reach !== null && !(value <= reach)

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((one, other) => one - other)[Math.min(values.length - 1, Math.ceil(share * values.length) - 1)] ??
  Number.NaN

const rounded = (value: number): number => Number(value.toPrecision(3))

const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** One trial is one rollout: the candidate turns bad under load, and the edge takes it out. */
const decisiveToLastDispatch = async (bench: Bench, trials: number): Promise<readonly Row[]> => {
  const seenOutside: number[] = []
  const inEdge: number[] = []
  await bench.order({ rollout: 0, generation: 1, weightPpm: 0 }) // the load finds a route
  const load = bench.load(16, 5) // both cores have room: a queue before the edge is none of its doing
  for (let trial = 1; trial <= trials; trial += 1) {
    bench.candidate.bad = false
    await bench.order({ rollout: trial, generation: 1, weightPpm: 500_000, limit: 100 })
    await pauseMs(20)
    bench.candidate.badAnswers.length = 0
    bench.candidate.bad = true
    const trip = await untilTrip(bench)
    await pauseMs(20)
    const decisiveAt = bench.candidate.badAnswers[trip.bad - 1] ?? Number.NaN
    seenOutside.push(Math.max(0, (bench.candidate.arrivals.at(-1) ?? decisiveAt) - decisiveAt))
    inEdge.push(trip.decisiveToZeroMs)
  }
  const { failed, requests } = await load.end()
  return [
    {
      name: 'decisive response to no dispatch to the candidate, in the edge, p99',
      value: rounded(quantile(inEdge, 0.99)),
      unit: 'ms',
      reach: 5,
      detail: `median ${rounded(quantile(inEdge, 0.5))} ms; ${trials} trips, ${requests} requests on 16 connections, ${failed} failed otherwise`,
    },
    {
      name: 'decisive answer sent to last request taken up, as the candidate sees it, p99',
      value: rounded(quantile(seenOutside, 0.99)),
      unit: 'ms',
      reach: null,
      detail: `median ${rounded(quantile(seenOutside, 0.5))} ms; includes what was on its way and the queues of both processes`,
    },
  ]
}

const untilTrip = async (bench: Bench): Promise<{ bad: number; decisiveToZeroMs: number }> => {
  const deadline = performance.now() + 10_000
  while (performance.now() < deadline) {
    const { trip } = await bench.report()
    if (trip !== null) return { bad: trip.candidate.bad, decisiveToZeroMs: trip.decisiveToZeroMs ?? Number.NaN }
    await pauseMs(2)
  }
  throw new Error('the edge did not trip within 10 s')
}

const flips = async (bench: Bench, count: number, rollout: number): Promise<Row> => {
  bench.candidate.bad = false
  const before = bench.candidate.arrivals.length
  const load = bench.load(64)
  for (let flip = 0; flip < count; flip += 1) {
    await bench.order({ rollout, generation: 2 * flip + 1, weightPpm: 500_000 })
    await pauseMs(20)
    await bench.order({ rollout, generation: 2 * flip + 2, weightPpm: 0 })
    await pauseMs(20)
  }
  const { requests, failed, serverErrors } = await load.end()
  return {
    name: `${count} flips 0 → 50 → 0 % under 64 connections, failed requests`,
    value: failed + serverErrors,
    unit: '',
    reach: 0,
    detail: `${requests} requests, ${bench.candidate.arrivals.length - before} of them to the candidate`,
  }
}

const simulated = (quick: boolean): readonly Row[] => {
  const found = detection({ seed: 1, runs: 500, weightPpm: 100_000, p0: 0.001, p1: 0.05, limit: 100 })
  const runs = quick ? 100 : 2_000
  const shares = [0.001, 0.01].map((p) => ({
    p,
    ...falseAlarms({ seed: 1, runs, requests: 100_000, weightPpm: 100_000, p, limit: 100 }),
  }))
  const standardError = Math.sqrt((0.01 * 0.99) / runs)
  return [
    {
      name: 'candidate requests until rollback, 10 % weight, 0.1 → 5 % errors, limit 100, median',
      value: found.median,
      unit: 'requests',
      reach: 66,
      detail: `p95 ${found.p95}; 500 seeded runs, ${found.found} found`,
    },
    ...shares.map(({ p, rolledBack }) => ({
      name: `healthy release (${100 * p} % errors), rolled back in 100,000 requests`,
      value: rounded((100 * rolledBack) / runs),
      unit: '%',
      reach: rounded(100 * (0.01 + 2 * standardError)),
      detail: `${rolledBack} of ${runs} seeded runs; reach is 1 % + 2 standard errors`,
    })),
  ]
}

const started = async (packed: Packed): Promise<readonly Row[]> => {
  const runs = await startUps(packed, 5)
  const row = (about: Pick<Row, 'name' | 'unit' | 'reach'>, values: readonly number[]): Row => ({
    ...about,
    value: rounded(quantile(values, 0.5)),
    detail: `median of ${values.length} starts, worst ${rounded(Math.max(...values))}`,
  })
  return [
    row(
      { name: 'packed bundle: humdrum up to ready', unit: 's', reach: 1.5 },
      runs.map(({ readyMs }) => readyMs / 1_000),
    ),
    row(
      { name: 'RSS of the server, idle', unit: 'MB', reach: 130 },
      runs.map(({ serverRssMb }) => serverRssMb),
    ),
    row(
      { name: 'RSS of the edge, idle', unit: 'MB', reach: 100 },
      runs.map(({ edgeRssMb }) => edgeRssMb),
    ),
  ]
}

const wayBack = async (packed: Packed, quick: boolean): Promise<readonly Row[]> => {
  const trials = quick ? 10 : 100
  const asked = await rollbacks(packed, { trials, goBack: ({ client }) => client.rollback({ app: 'shop' }) })
  const commandMs: number[] = []
  const typed = async (site: Site, app: string): Promise<void> => {
    commandMs.push(await site.command(app, 'rollback'))
  }
  const command = await rollbacks(packed, { trials: quick ? 3 : 10, goBack: typed })
  return [
    {
      name: 'rollback of a warm release: request sent to last answer of the bad one, p99',
      ...{ value: rounded(quantile(asked.lastAnswerMs, 0.99)), unit: 'ms', reach: 100 },
      detail: `median ${rounded(quantile(asked.lastAnswerMs, 0.5))} ms, worst ${rounded(Math.max(...asked.lastAnswerMs))}; ${trials} rollbacks under 200 requests/s`,
    },
    {
      name: 'the same, requests that were not answered whole',
      ...{ value: asked.failed + command.failed, unit: '', reach: 0 },
      detail: `of ${asked.requests + command.requests}`,
    },
    {
      name: '`humdrum rollback` typed to last answer of the bad one, p95',
      ...{ value: rounded(quantile(command.lastAnswerMs, 0.95)), unit: 'ms', reach: null },
      detail: `median ${rounded(quantile(command.lastAnswerMs, 0.5))} ms; the whole command ${rounded(quantile(commandMs, 0.5))} ms`,
    },
  ]
}

const commands = async (packed: Packed, quick: boolean): Promise<readonly Row[]> => {
  await using site = await openSite(packed)
  const row = (name: string, reach: number, values: readonly number[]): Row => ({
    ...{ name: `${name}, p95`, value: rounded(quantile(values, 0.95)), unit: 'ms', reach },
    detail: `median ${rounded(quantile(values, 0.5))} ms of ${values.length}`,
  })
  return [
    row('`humdrum deploy` of 5 MB to instances started', 500, await deployOverheads(packed, site, quick ? 5 : 20)),
    row('`humdrum status`', 250, await statusTimes(packed, site, quick ? 10 : 50)),
  ]
}

const main = async (): Promise<void> => {
  const [json, quick] = ['--json', '--quick'].map((flag) => process.argv.includes(flag))
  const rows: Row[] = []
  const say = (row: Row): void => {
    rows.push(row)
    const verdict = row.reach === null ? '    ' : isMissed(row) ? 'MISS' : 'ok  '
    const reach = row.reach === null ? '' : ` (reach ≤ ${row.reach})`
    process.stdout.write(`${verdict}  ${row.name}: ${row.value} ${row.unit}${reach}  ${row.detail}\n`)
  }
  const bench = await startBench()
  try {
    const trials = quick ? 20 : 300
    for (const row of await decisiveToLastDispatch(bench, trials)) say(row)
    say(await flips(bench, 100, trials + 1))
  } finally {
    await bench.close()
  }
  for (const row of simulated(quick === true)) say(row)
  using packed = unpackPackage()
  for (const row of await started(packed)) say(row)
  for (const row of await wayBack(packed, quick === true)) say(row)
  for (const row of await commands(packed, quick === true)) say(row)
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version }
  process.stdout.write(`on ${machine.cores} × ${machine.cpu}, node ${machine.node}\n`)
  if (json) process.stdout.write(`${JSON.stringify({ machine, rows })}\n`)
  if (rows.some(isMissed)) process.exitCode = 1
}

await main()

// Whether a run of the demo kept its promises: reads the last line of `npm run demo -- --json`. Knows the outcomes that
// the demo must show, not how it gets there.
import { readFileSync } from 'node:fs'

type Fields = Readonly<Record<string, unknown>>

const longestSeconds = 90
const evidenceCap = 1e300

type Wanted = { readonly outcome: string; readonly metric: string | null }

/** In this order. */
const wanted: Readonly<Record<string, Wanted>> = {
  v1: { outcome: 'Succeeded', metric: null },
  v2: { outcome: 'Succeeded', metric: null },
  v3: { outcome: 'RolledBack', metric: 'errors' },
  v4: { outcome: 'RolledBack', metric: 'latency' },
  v5: { outcome: 'Failed', metric: null },
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0

/** Each broken promise in words; none when all were kept. */
export const brokenPromises = (line: string): readonly string[] => {
  const run = parsed(line)
  if (!isFields(run) || !Array.isArray(run['rollouts']) || !run['rollouts'].every(isFields)) {
    return [`the last line is not the demo's JSON: ${line.slice(0, 200)}`]
  }
  const rollouts: readonly Fields[] = run['rollouts']
  return [...outcomes(rollouts), ...rollouts.flatMap(ofRollout), ...traffic(run, rollouts)]
}

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return null // told by the caller, with the line itself
  }
}

const outcomes = (rollouts: readonly Fields[]): readonly string[] => {
  const order = rollouts.map((rollout) => rollout['release']).join(' ')
  const inOrder = Object.keys(wanted).join(' ')
  return [
    ...(order === inOrder ? [] : [`the rollouts should be ${inOrder}, they are ${order}`]),
    ...Object.entries(wanted).flatMap(([release, { outcome }]) => {
      const seen = rollouts.find((rollout) => rollout['release'] === release)?.['outcome'] ?? 'missing'
      return seen === outcome ? [] : [`${release} should be ${outcome}, it is ${String(seen)}`]
    }),
  ]
}

const ofRollout = (rollout: Fields): readonly string[] => {
  const [release, evidence, latency] = [String(rollout['release']), rollout['evidence'], rollout['decisiveToZeroMs']]
  const [requests, failed] = [rollout['candidateRequests'], rollout['failedUserRequests']]
  const complaints: string[] = []
  if (!isCount(requests) || !isCount(failed)) complaints.push(`${release} has no counts`)
  if (evidence !== null && !(typeof evidence === 'number' && evidence <= evidenceCap))
    complaints.push(`${release}: the evidence is no number up to 1e300`)
  if (rollout['outcome'] === 'RolledBack') {
    const metric = wanted[release]?.metric
    if (rollout['metric'] !== metric) complaints.push(`${release} went back, but not for its ${metric}`)
    if (evidence === null) complaints.push(`${release} went back without evidence`)
    if (typeof latency !== 'number' || latency < 0)
      complaints.push(`${release} went back, and nobody measured how fast`)
  } else if (failed !== 0) complaints.push(`${release} is no bad release, and ${String(failed)} requests failed on it`)
  if (rollout['outcome'] === 'Failed' && requests !== 0)
    complaints.push(`${release} was never ready, and got ${String(requests)} requests`)
  return complaints
}

const traffic = (run: Fields, rollouts: readonly Fields[]): readonly string[] => {
  const failed = rollouts.reduce((sum, rollout) => sum + Number(rollout['failedUserRequests']), 0)
  const [requests, errors, dropped, seconds] = [
    run['clientRequests'],
    run['clientErrors'],
    run['droppedRequests'],
    run['seconds'],
  ]
  return [
    ...(isCount(requests) && requests > 0 ? [] : ['no client sent a request']),
    ...(dropped === 0 ? [] : [`${String(dropped)} requests were dropped`]),
    ...(errors === failed ? [] : [`clients saw ${String(errors)} errors, the rollouts count ${failed}`]),
    ...(typeof seconds === 'number' && seconds < longestSeconds
      ? []
      : [`it took ${String(seconds)} s, not under ${longestSeconds}`]),
  ]
}

const main = (file: string | undefined): number => {
  if (file === undefined) throw new Error('demo-verdict FILE')
  const broken = brokenPromises(readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '')
  for (const words of broken) process.stdout.write(`demo: ${words}\n`)
  return broken.length === 0 ? 0 : 1
}

if (import.meta.main) process.exitCode = main(process.argv[2])

// A sticky route over real connections: who keeps which side, what a client is told, and how a session is counted.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import { describe, expect, test } from 'vitest'
import type { Question } from './test-bed/client.ts'
import { ask } from './test-bed/client.ts'
import type { EdgeBed } from './test-bed/edge-bed.ts'
import { openEdgeBed } from './test-bed/edge-bed.ts'
import type { Instance } from './test-bed/instance.ts'
import { startInstance } from './test-bed/instance.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

const says =
  (text: string, status = 200) =>
  (_: unknown, response: ServerResponse): void =>
    void response.writeHead(status).end(text)

const sticky = ([stable, candidate]: readonly [Instance, Instance], share: number, generation = 1) =>
  order({
    ...{ stable: at('v1', stable.port), candidate: at('v2', candidate.port), unit: 'session', shield: 'off' },
    ...{ fence: fence(1, generation), grant: granted(share), judge: judged(1e9, [usualErrors]) },
  })

const withBucket = (bucket: number): Question => ({
  headers: { host: 'a', cookie: `x=1; humdrum-bucket=${bucket.toString(16).padStart(5, '0')}` },
})

/** Who answers each of the first buckets. */
const sides = async ({ port }: EdgeBed): Promise<readonly string[]> => {
  const answers: string[] = []
  for (let bucket = 0; bucket < 60; bucket += 1) answers.push((await ask(port, withBucket(bucket))).body)
  return answers
}

const judgedErrors = (bed: EdgeBed) => {
  const errors = bed.report().judge?.errors
  if (errors === undefined) throw new Error('nobody judges')
  return errors
}

describe('a client with a bucket', () => {
  test('keeps its side; nobody leaves the candidate while the weight grows, and everybody when it is taken', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance(says('v1'))
    await using candidate = await startInstance(says('v2'))
    bed.put(sticky([stable, candidate], 0.2))
    const [first, again] = [await sides(bed), await sides(bed)]
    expect(again).toEqual(first)
    expect(new Set(first)).toEqual(new Set(['v1', 'v2']))
    bed.put(sticky([stable, candidate], 0.6, 2))
    const grown = await sides(bed)
    expect(grown.filter((side, bucket) => first[bucket] === 'v2' && side !== 'v2')).toEqual([])
    expect(grown.filter((side) => side === 'v2').length).toBeGreaterThan(first.filter((side) => side === 'v2').length)
    bed.put(sticky([stable, candidate], 0, 3))
    expect(new Set(await sides(bed))).toEqual(new Set(['v1']))
    bed.put(sticky([stable, candidate], 0.2, 4))
    expect(await sides(bed)).not.toEqual(first)
  })

  test('another rollout is another draw', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance(says('v1'))
    await using candidate = await startInstance(says('v2'))
    bed.put(sticky([stable, candidate], 0.5))
    const first = await sides(bed)
    bed.put({ ...sticky([stable, candidate], 0.5), fence: fence(2, 1) as never })
    expect(await sides(bed)).not.toEqual(first)
  })

  test('is counted once, and bad once, however often it fails', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance(says('v1', 500))
    await using candidate = await startInstance(says('v2', 500))
    bed.put(sticky([stable, candidate], 0.5))
    await sides(bed)
    await sides(bed)
    const { candidate: ofCandidate, stable: ofStable } = judgedErrors(bed)
    expect(ofCandidate.requests + ofStable.requests).toBe(60)
    expect(ofCandidate.bad + ofStable.bad).toBe(60)
    expect(bed.release('v1').bad + bed.release('v2').bad).toBe(120)
  })
})

describe('a client without a bucket', () => {
  test('is told one, and keeps the side of the answer that told it', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance(says('v1'))
    await using candidate = await startInstance(says('v2'))
    bed.put(sticky([stable, candidate], 0.5))
    for (let client = 0; client < 20; client += 1) {
      const { body, headers } = await ask(bed.port)
      const [cookie = ''] = headers['set-cookie'] ?? []
      expect(cookie).toMatch(/^humdrum-bucket=[0-9a-f]{5}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax$/)
      const next = await ask(bed.port, { headers: { host: 'a', cookie: cookie.split(';')[0] ?? '' } })
      expect(next.body).toBe(body)
      expect(next.headers['set-cookie']).toBeUndefined()
    }
  })

  test('is drawn anew at each request; what fails together for one address counts once', async () => {
    await using bed = await openEdgeBed({ monotonicMs: () => 5_000 })
    const unlessBad =
      (text: string) =>
      (request: IncomingMessage, response: ServerResponse): void =>
        says(text, request.url === '/bad' ? 500 : 200)(request, response)
    await using stable = await startInstance(unlessBad('v1'))
    await using candidate = await startInstance(unlessBad('v2'))
    bed.put(sticky([stable, candidate], 0.5))
    const answers = new Set<string>()
    for (let count = 0; count < 40; count += 1) answers.add((await ask(bed.port)).body)
    expect(answers).toEqual(new Set(['v1', 'v2']))
    for (let count = 0; count < 10; count += 1) await ask(bed.port, { path: '/bad' })
    const { candidate: ofCandidate, stable: ofStable } = judgedErrors(bed)
    expect([ofCandidate.requests + ofStable.requests, ofCandidate.bad + ofStable.bad]).toEqual([41, 1])
  })

  test('that fails and comes again with its bucket is no mismatch: a draw counts once, whatever came of it', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance(says('v1'))
    await using candidate = await startInstance(says('v2', 500))
    bed.put(sticky([stable, candidate], 0.5))
    const comeTwice = async (): Promise<void> => {
      const [cookie = ''] = (await ask(bed.port)).headers['set-cookie'] ?? []
      await ask(bed.port, { headers: { host: 'a', cookie: cookie.split(';')[0] ?? '' } })
    }
    for (let group = 0; group < 16; group += 1) await Promise.all(Array.from({ length: 20 }, comeTwice))
    expect(bed.report().mismatch).toBeNull()
  })

  test('is told nothing by an answer that a cache may give to everybody', async () => {
    await using bed = await openEdgeBed()
    await using one = await startInstance((_, response) => {
      response.writeHead(200, { 'cache-control': 'public, max-age=60' }).end('one')
    })
    bed.put(sticky([one, one], 0.5))
    expect((await ask(bed.port)).headers['set-cookie']).toBeUndefined()
  })
})

test('a total outage is one also behind one address, when everybody who comes has failed before', async () => {
  await using bed = await openEdgeBed()
  await using stable = await startInstance(says('v1'))
  await using candidate = await startInstance(says('no', 500))
  bed.put(sticky([stable, candidate], 0.5))
  const known = new Set<number>()
  const deadline = performance.now() + 15_000
  while (bed.report().trip === null && performance.now() < deadline) {
    const answer = await ask(bed.port, { headers: { host: 'a' } })
    const told = /humdrum-bucket=([0-9a-f]{5})/.exec(String(answer.headers['set-cookie']))?.[1]
    if (told !== undefined) known.add(Number.parseInt(told, 16))
    for (const bucket of known) await ask(bed.port, withBucket(bucket))
  }
  expect(bed.report()).toMatchObject({ weight: 0, trip: { rule: 'recent' } })
})

test('a cookie that is not written exactly so is none: the client is told another', async () => {
  await using bed = await openEdgeBed()
  await using one = await startInstance()
  bed.put(sticky([one, one], 0.5))
  const { headers } = await ask(bed.port, { headers: { host: 'a', cookie: 'humdrum-bucket=v2' } })
  expect(headers['set-cookie']).toHaveLength(1)
})

test('without a rollout, and on a route that is not sticky, nobody is told anything', async () => {
  await using bed = await openEdgeBed()
  await using one = await startInstance()
  bed.put({ ...sticky([one, one], 0.5), candidate: null, grant: null })
  expect((await ask(bed.port)).headers['set-cookie']).toBeUndefined()
  bed.put({ ...sticky([one, one], 0.5, 2), unit: 'request' })
  expect((await ask(bed.port)).headers['set-cookie']).toBeUndefined()
})

// One instance of a candidate that fails while the others are well, over real connections: users are spared it at once, and the
// release is not judged by it; a second one is the release's fault.
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { openTable } from './table.ts'
import type { Wire } from './test-bed/client.ts'
import { ask, dial } from './test-bed/client.ts'
import type { EdgeBed } from './test-bed/edge-bed.ts'
import { openEdgeBed, surroundingsOf } from './test-bed/edge-bed.ts'
import type { Instance } from './test-bed/instance.ts'
import { startInstance } from './test-bed/instance.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

const fails = (_: unknown, response: ServerResponse): void => void response.writeHead(500).end()

const against = (stable: Instance, candidates: readonly Instance[], generation = 1) =>
  order({
    ...{ stable: at('v1', stable.port), candidate: at('v2', ...candidates.map(({ port }) => port)), shield: 'off' },
    ...{ fence: fence(1, generation), grant: granted(0.6), judge: judged(100) },
  })

const send = async ({ port }: EdgeBed, count: number): Promise<number> => {
  let failed = 0
  for (let sent = 0; sent < count; sent += 1) if ((await ask(port)).status >= 500) failed += 1
  return failed
}

describe('one of four instances of the candidate that fails', () => {
  test('is passed over at once, is told, and is not held against the release', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance()
    await using one = await startInstance()
    await using two = await startInstance()
    await using three = await startInstance()
    await using bad = await startInstance(fails)
    bed.put(against(stable, [one, two, three, bad]))
    const failed = await send(bed, 200)
    const { badInstance, trip, weight, judge } = bed.report()
    expect(badInstance).toMatchObject({ release: 'v2', instance: `v2-${bad.port}`, bad: failed, badOfAll: failed })
    expect([trip, weight]).toEqual([null, 600_000])
    expect(judge?.errors.wealth.log).toBeLessThanOrEqual(0)
    expect(failed).toBeLessThan(12)
    expect(await send(bed, 50)).toBe(0)
    expect(bed.logged.filter((line) => line.startsWith('passes an instance over'))).toHaveLength(1)
  })

  test('is still passed over by an edge that starts anew', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance()
    await using one = await startInstance()
    await using two = await startInstance()
    await using three = await startInstance()
    await using bad = await startInstance(fails)
    bed.put(against(stable, [one, two, three, bad]))
    await send(bed, 100)
    const { badInstance } = bed.report()
    expect(badInstance).not.toBeNull()
    const table = openTable({ ...surroundingsOf([]), folder: bed.folder, epoch: 'next' })
    expect(table.report()[0]?.badInstance).toEqual(badInstance)
    table.close()
  })

  test('and a second one after it takes the release out', async () => {
    await using bed = await openEdgeBed()
    await using stable = await startInstance()
    await using one = await startInstance()
    await using two = await startInstance()
    await using three = await startInstance()
    await using bad = await startInstance(fails)
    await using worse = await startInstance(fails)
    bed.put(against(stable, [one, two, three, bad]))
    await send(bed, 100)
    const first = bed.report().badInstance
    bed.put(against(stable, [one, two, three, worse], 2))
    await send(bed, 200)
    expect(bed.report()).toMatchObject({ badInstance: first, trip: { metric: 'errors' }, weight: 0 })
  })
})

test('a release that fails everywhere is taken out, and no instance is blamed', async () => {
  await using bed = await openEdgeBed()
  await using stable = await startInstance()
  await using one = await startInstance(fails)
  await using two = await startInstance(fails)
  await using three = await startInstance(fails)
  bed.put(against(stable, [one, two, three]))
  await send(bed, 100)
  expect(bed.report()).toMatchObject({ badInstance: null, trip: { metric: 'errors' }, weight: 0 })
})

test('outcomes that are counted as they were drawn are no mismatch', async () => {
  await using bed = await openEdgeBed()
  await using stable = await startInstance()
  await using one = await startInstance()
  bed.put(against(stable, [one]))
  await send(bed, 100)
  expect(bed.report().mismatch).toBeNull()
})

test('outcomes of one side that never come are told as a mismatch', async () => {
  await using bed = await openEdgeBed()
  await using stable = await startInstance()
  let wire: Wire | null = null
  await using one = await startInstance(() => wire?.socket.destroy()) // nobody waits for its answers
  bed.put(against(stable, [one]))
  for (let sent = 0; sent < 80; sent += 1) {
    wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    await wire.ended()
  }
  expect(bed.report().mismatch).toMatchObject({ seen: 0, granted: 600_000 })
})

import { doctorViewSchema } from '@humdrum/contract/doctor-view.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import type { DoctorParts } from './examine.ts'
import { examine } from './examine.ts'

let store: Store
beforeEach(async () => {
  store = await openStore(':memory:')
})
afterEach(() => store.close())

const edge = { pid: 7, version: '1.0.0', url: 'http://127.0.0.1:8080', isSuspended: false, openFiles: 65_536 }
const room = { freeBytes: 500, totalBytes: 1_000 }

const findings = async (given: Partial<DoctorParts> = {}) => {
  const view = await examine({
    ...{
      store,
      version: '1.0.0',
      now: () => 1_000 as Instant,
      damage: () => null,
      reports: async () => [],
      edge: () => edge,
    },
    memory: () => ({ availableBytes: 500, totalBytes: 1_000 }),
    disks: () => [{ id: 'disk.home', disk: { path: '/srv', ...room } }],
    synchronised: async () => true,
    ...given,
  })
  return new Map(
    doctorViewSchema
      .strict()
      .parse(view)
      .findings.map((finding) => [finding.id, finding]),
  )
}

test('finds nothing where all is well, under ids that stay', async () => {
  const found = await findings()
  expect([...found.keys()]).toEqual([
    ...[
      'edge',
      'version.edge',
      'edge.files',
      'store',
      'edge.agrees',
      'clock.history',
      'disk.home',
      'memory',
      'clock.ntp',
    ],
  ])
  expect([...found.values()].filter(({ verdict }) => verdict !== 'ok')).toEqual([])
})

test('tells an edge that is stopped from one that hangs and one that is gone', async () => {
  const stopped = await findings({ edge: () => ({ ...edge, isSuspended: true }), reports: async () => null })
  expect(stopped.get('edge')).toMatchObject({ verdict: 'broken', next: 'let it go on: kill -CONT 7' })
  expect(stopped.get('edge.agrees')?.verdict).toBe('look')
  const hanging = await findings({ reports: async () => null })
  expect(hanging.get('edge')).toMatchObject({ verdict: 'broken', next: expect.stringContaining('kill -9 7 ') })
  const gone = await findings({ edge: () => null, reports: async () => null })
  expect(gone.get('edge')).toMatchObject({ verdict: 'broken', says: 'no edge lives: apps are not reached' })
  expect(gone.has('version.edge')).toBe(false)
})

test('says nothing of what the system does not tell', async () => {
  const found = await findings({ synchronised: async () => null, edge: () => ({ ...edge, openFiles: null }) })
  expect(found.has('clock.ntp')).toBe(false)
  expect(found.has('edge.files')).toBe(false)
})

test('a store that is damaged, or does not answer, is broken, and is all that is said of it', async () => {
  const damaged = await findings({ damage: () => 'file is not a database' })
  expect(damaged.get('store')).toMatchObject({ verdict: 'broken', next: expect.stringContaining('keep a copy') })
  expect(damaged.has('clock.history')).toBe(false)
  expect(damaged.get('disk.home')?.verdict).toBe('ok')
  const closed = await openStore(':memory:')
  await closed.close()
  expect((await findings({ store: closed })).get('store')?.verdict).toBe('broken')
})

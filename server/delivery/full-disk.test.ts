// Goal: a disk that gets full keeps new releases out, with the reason; whatever goes back, ends or waits is never asked.
import type { DiskUse } from '@humdrum/core/disk.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { config, deployed, enter, startHttp, streamOf } from '../http/started-http.ts'

const disk = { used: 0 }
const disks = async (): Promise<readonly DiskUse[]> => [
  { folder: '/home', used: ppm(100_000), freeBytes: 9e9 },
  { folder: '/var/lib', used: ppm(disk.used), freeBytes: 4_200_000_000 },
]

const faultOf = async (asked: Promise<unknown>): Promise<unknown> =>
  asked.then(
    () => null,
    (cause: unknown) => (cause instanceof FaultError ? cause.fault : cause),
  )

test('an upload is refused before a byte of it is taken, and a deploy of what is there; the same once more is no deploy', async () => {
  let taken = 0
  const put = async () => {
    taken += 1
    throw new Error('it was asked')
  }
  disk.used = 0
  await using empty = await startHttp({}, { disks })
  const { artifact, number } = await deployed(empty.client, 'one')
  await enter(empty.store, number, { phase: 'Succeeded' })
  const { digest } = await empty.client.putArtifact(streamOf('two'))
  disk.used = 900_000
  const refused = {
    code: 'HD1109',
    reason: '/var/lib lies on a disk that is 90 % full, with 4.2 GB free: no deploy begins from 90 % on',
    next: expect.stringContaining('a rollback is never refused'),
  }
  expect(await faultOf(empty.client.deploy({ config, artifact: digest }))).toMatchObject(refused)
  expect(await empty.client.deploy({ config, artifact })).toMatchObject({ unchanged: true })
  await using full = await startHttp({ artifacts: { put } }, { disks })
  expect(await faultOf(full.client.putArtifact(streamOf('three')))).toMatchObject(refused)
  expect(taken).toBe(0)
})

test('what is under way can be ordered about, and a rollback begins', async () => {
  disk.used = 0
  await using http = await startHttp({}, { disks })
  const { client, store } = http
  for (const bytes of ['one', 'two']) await enter(store, (await deployed(client, bytes)).number, { phase: 'Succeeded' })
  const { id, number } = await deployed(client, 'three')
  await enter(store, number, { phase: 'Progressing', step: 0, from: null, lapses: 0 })
  disk.used = 1_000_000
  expect((await client.status()).disks[1]).toEqual({ folder: '/var/lib', used: 1_000_000, freeBytes: 4_200_000_000 })
  await client.pause(id)
  await client.abort(id)
  await enter(store, number, { phase: 'RolledBack', cause: { kind: 'abort', actor: 'ada', reason: '' } })
  expect(await client.rollback({ app: 'shop' })).toMatchObject({ kind: 'rollback', release: 'v1' })
})

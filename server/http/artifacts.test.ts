import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { problemSchema } from '@humdrum/contract/api.ts'
import { failed } from '@humdrum/core/errors.ts'
import type { Digest } from '@humdrum/core/ids.ts'
import { createArtifactFolder } from '@humdrum/providers/artifacts/folder/artifact-folder.ts'
import type { HandmadeEntry } from '@humdrum/providers/artifacts/folder/handmade-tar.ts'
import { handmadeEntry, handmadeTar } from '@humdrum/providers/artifacts/folder/handmade-tar.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hasArtifact } from '../store/records.ts'
import type { StartedHttp } from './started-http.ts'
import { config, startHttp } from './started-http.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'uploads-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** With real artifacts. */
const start = (): Promise<StartedHttp> =>
  startHttp({ artifacts: createArtifactFolder({ storeDir: join(folder, 'store'), releasesDir: join(folder, 'out') }) })

const upload = (http: StartedHttp, body: Buffer<ArrayBuffer>): Promise<Response> =>
  http.fetch('/v1/artifacts', { method: 'POST', body, headers: { 'content-type': 'application/x-tar' } })

const tar = (...entries: readonly HandmadeEntry[]): Buffer<ArrayBuffer> => Buffer.from(handmadeTar(...entries))

const inStore = (name: string): string[] => readdirSync(join(folder, 'store', name))

/** Nothing of an upload is left, neither on the disk nor as a row. */
const expectNothing = async (http: StartedHttp): Promise<void> => {
  expect([inStore('staging'), inStore('sha256')]).toEqual([[], []])
  expect(await http.store.db.selectFrom('artifacts').selectAll().execute()).toEqual([])
}

test('the same content is the same artifact, whoever packed it, and can be deployed', async () => {
  await using http = await start()
  const server = { path: 'server.js', content: 'serve' }
  const page = { path: 'public/index.html', content: '<h1>shop</h1>' }
  const first = await upload(http, tar(server, page))
  const artifact = (await first.json()) as { digest: string; bytes: number }
  expect(first.status).toBe(200)
  expect(artifact).toEqual({ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), bytes: expect.any(Number) })
  const again = await upload(
    http,
    tar({ ...page, uid: 501, mtime: new Date(1e12) }, { ...server, path: './server.js' }),
  )
  expect(await again.json()).toEqual(artifact)
  expect(inStore('sha256')).toEqual([artifact.digest.slice('sha256:'.length)])
  expect(await hasArtifact(http.store.db, artifact.digest as Digest)).toBe(true)
  const other = await upload(http, tar(server))
  expect(((await other.json()) as { digest: string }).digest).not.toBe(artifact.digest)
  const { rollout } = await http.client.deploy({ config, artifact: artifact.digest })
  expect(rollout.artifact).toBe(artifact.digest)
})

type Refused = readonly [what: string, body: Buffer<ArrayBuffer>, code: string, reason: RegExp]

const noEntry = Buffer.from(handmadeEntry({ path: 'server.js', content: 'serve' }))

test.for<Refused>([
  ['a path that leads out', tar({ path: '../evil', content: 'x' }), 'HD3003', /"\.\.\/evil" leads out/],
  ['an absolute path', tar({ path: '/etc/cron.d/evil', content: 'x' }), 'HD3003', /absolute path/],
  [
    'an absolute link',
    tar({ path: 'etc', type: 'SymbolicLink', linkpath: '/etc' }),
    'HD3003',
    /leads to the absolute path "\/etc"/,
  ],
  ['a device', tar({ path: 'null', type: 'CharacterDevice' }), 'HD3003', /CharacterDevice, neither file, folder/],
  ['a tar without its end', noEntry, 'HD3003', /breaks off before its end mark/],
  ['what is no tar', Buffer.alloc(2_048, 'x'), 'HD3003', /not a sound tar/],
  ['an empty body', Buffer.alloc(0), 'HD3003', /breaks off/],
  ['a tar without a file', tar({ path: 'empty', type: 'Directory' }), 'HD3002', /no file/],
])('refuses %s, and keeps nothing of it', async ([, body, code, reason]) => {
  await using http = await start()
  const response = await upload(http, body)
  expect(response.status).toBe(422)
  expect(problemSchema.parse(await response.json())).toMatchObject({ code, detail: expect.stringMatching(reason) })
  await expectNothing(http)
})

test('takes more than the 1 MiB that other bodies may have', async () => {
  await using http = await start()
  const response = await upload(http, tar({ path: 'data', content: randomBytes(3_000_000) }))
  expect(await response.json()).toMatchObject({ bytes: expect.closeTo(3_000_000, -4) })
})

test('a sender who is refused at once may send all of it, and is answered', async () => {
  await using http = await start()
  const response = await upload(http, tar({ path: '../evil', content: randomBytes(3_000_000) }))
  expect(response.status).toBe(422)
  expect(await response.json()).toMatchObject({ code: 'HD3003' })
  await expectNothing(http)
})

test('an upload that breaks off leaves nothing', async () => {
  await using http = await start()
  const headers = { authorization: `Bearer ${http.token}`, 'content-type': 'application/x-tar' }
  const sender = request(`${http.url}/v1/artifacts`, { method: 'POST', headers })
  sender.on('error', () => {}) // it breaks off
  sender.write(tar({ path: 'server.js', content: 'serve' }).subarray(0, 1_024))
  await expect.poll(() => inStore('staging')).toHaveLength(1)
  sender.destroy()
  await expect.poll(() => inStore('staging')).toEqual([])
  await expectNothing(http)
  expect(http.logged).toEqual([])
})

test('a full disk is said as such, to the log as well', async () => {
  await using http = await startHttp({ artifacts: { put: async () => failed('HD1107', 'the artifact does not fit') } })
  const response = await upload(http, tar({ path: 'server.js', content: 'serve' }))
  expect(response.status).toBe(507)
  expect(await response.json()).toMatchObject({ code: 'HD1107', detail: 'the artifact does not fit' })
  expect(http.logged).toHaveLength(1)
})

test('a body without a type is no artifact', async () => {
  await using http = await start()
  const response = await http.fetch('/v1/artifacts', { method: 'POST', body: tar({ path: 'a', content: 'x' }) })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ code: 'HD9001', place: 'content-type' })
  await expectNothing(http)
})

import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fc, test as property } from '@fast-check/vitest'
import type { Result } from '@humdrum/core/errors.ts'
import type { Digest } from '@humdrum/core/ids.ts'
import { create } from 'tar'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { type Artifacts, createArtifactFolder } from './artifact-folder.ts'
import { endMark, type HandmadeEntry, handmadeEntry, handmadeTar } from './handmade-tar.ts'
import { removeFolder } from './seal.ts'

let home: string
let artifacts: Artifacts
const open = (limits = {}): Artifacts =>
  createArtifactFolder({ storeDir: join(home, 'store'), releasesDir: join(home, 'releases'), limits })

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'humdrum-artifacts-'))
  artifacts = open()
})
afterEach(() => removeFolder(home))

/** The upload in pieces, as a network would bring it. */
const upload = (bytes: Buffer, pieceBytes = 1_000): Readable =>
  Readable.from(
    (function* () {
      for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
    })(),
    { objectMode: false },
  )

const taken = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.reason}`)
  return result.value
}
const faultOf = (result: Result<unknown>): string =>
  result.ok ? 'taken' : `${result.fault.code}: ${result.fault.reason}`
const put = async (...entries: readonly HandmadeEntry[]): Promise<Digest> =>
  taken(await artifacts.put(upload(handmadeTar(...entries)))).digest
const refusal = async (bytes: Buffer): Promise<string> => faultOf(await artifacts.put(upload(bytes)))
const leftovers = async (): Promise<readonly string[]> => [
  ...(await readdir(join(home, 'store', 'staging'))),
  ...(await readdir(join(home, 'releases'))).filter((name) => name.startsWith('.')),
]
const blobOf = (digest: Digest): string => join(home, 'store', 'sha256', digest.slice(7))

test('what is put can be placed: files, modes, links and empty folders are as they were, and read-only', async () => {
  const digest = await put(
    { path: 'bin/run', mode: 0o755, content: 'run' },
    { path: 'server.js', mode: 0o600, content: 'serve' },
    { path: 'empty', type: 'Directory' },
    { path: 'current', type: 'SymbolicLink', linkpath: 'bin/run' },
    { path: 'copy', type: 'Link', linkpath: 'server.js' },
  )
  expect(await artifacts.has(digest)).toBe(true)
  const folder = taken(await artifacts.place(digest))
  expect(folder).toBe(artifacts.folderOf(digest))
  expect((await readdir(folder)).sort()).toEqual(['bin', 'copy', 'current', 'empty', 'server.js'])
  expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('serve')
  expect(await readlink(join(folder, 'current'))).toBe('bin/run')
  const mode = async (path: string): Promise<number> => (await lstat(join(folder, path))).mode & 0o7777
  expect(await mode('')).toBe(0o555)
  expect(await mode('bin')).toBe(0o555)
  expect(await mode('bin/run')).toBe(0o555)
  expect(await mode('server.js')).toBe(0o444)
  expect((await lstat(join(home, 'releases'))).mode & 0o777).toBe(0o711)
  expect(await leftovers()).toEqual([])
})

test('the way to the releases is open to the users of apps, whatever the umask', async () => {
  const umask = process.umask(0o077)
  try {
    createArtifactFolder({ storeDir: join(home, 'store'), releasesDir: join(home, 'lib', 'releases') })
  } finally {
    process.umask(umask)
  }
  for (const path of ['lib', 'lib/releases']) expect((await lstat(join(home, path))).mode & 0o777).toBe(0o711)
})

test('the digest is the sha256 of the stored bytes, and is pinned: another one would orphan every artifact', async () => {
  const digest = await put({ path: 'server.js', content: 'serve' }, { path: 'é'.repeat(80), content: '' })
  const stored = await readFile(blobOf(digest))
  expect(digest).toBe(`sha256:${createHash('sha256').update(stored).digest('hex')}`)
  expect(digest).toBe('sha256:8e08ca483c4331e4696915775b9a719b08e5f3754c01a16b6232d886abb78835')
})

const name = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_ @.-]{1,12}$/).filter((text) => text !== '.' && text !== '..'),
  fc.constantFrom('é', '日本語', 'ü'.repeat(60), 'x'.repeat(120), '日'.repeat(70), '\u{1f600}'),
)
const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'))
const file = fc.record({ path, content: fc.string({ maxLength: 1_200 }), executable: fc.boolean() })
const content = fc
  .uniqueArray(file, { minLength: 1, maxLength: 6, selector: (one) => one.path })
  .map((files) => files.filter((one) => !files.some((other) => other.path.startsWith(`${one.path}/`))))
const dressed = fc.record({
  mtime: fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
  uid: fc.nat(100_000),
  uname: fc.constantFrom('root', 'someone', ''),
  otherBits: fc.constantFrom(0o000, 0o022, 0o044, 0o055, 0o077),
  dotted: fc.boolean(),
  folders: fc.boolean(),
  order: fc.double({ noNaN: true }),
})

property.prop([content, fc.array(dressed, { minLength: 12, maxLength: 12 }), fc.integer({ min: 1, max: 3_000 })], {
  numRuns: 60,
})(
  'the same content is the same artifact, whatever its order, owners, times and pieces',
  async (files, dresses, pieceBytes) => {
    const plain = handmadeTar(
      ...files.map((one) => ({ path: one.path, content: one.content, mode: one.executable ? 0o755 : 0o644 })),
    )
    const entries = files.flatMap((one, index) => {
      const dress = dresses[index] ?? {
        mtime: new Date(0),
        uid: 0,
        uname: '',
        otherBits: 0,
        dotted: false,
        folders: false,
        order: 0,
      }
      const { mtime, uid, uname } = dress
      const head = { mtime: new Date(Math.floor(mtime.getTime() / 1_000) * 1_000), uid, uname, gid: uid }
      const mode = (one.executable ? 0o700 : 0o600) | dress.otherBits
      const itself = { ...head, path: `${dress.dotted ? './' : ''}${one.path}`, content: one.content, mode }
      const parent = one.path.includes('/') ? one.path.slice(0, one.path.lastIndexOf('/')) : null
      const wantsParent =
        dress.folders && parent !== null && files.findIndex((other) => other.path.startsWith(`${parent}/`)) === index
      const folder = { ...head, path: `${parent}/`, type: 'Directory' as const, mode: 0o700 }
      return [{ order: dress.order, entry: itself }, ...(wantsParent ? [{ order: -dress.order, entry: folder }] : [])]
    })
    const shuffled = entries.sort((one, other) => one.order - other.order).map(({ entry }) => entry)
    const [first, second] = [
      await artifacts.put(upload(plain)),
      await artifacts.put(upload(handmadeTar(...shuffled), pieceBytes)),
    ]
    expect(taken(second)).toEqual(taken(first))
    const folder = taken(await artifacts.place(taken(first).digest))
    for (const one of files) expect(await readFile(join(folder, one.path), 'utf8')).toBe(one.content)
  },
)

test('a changed byte, name or execute bit is another artifact', async () => {
  const digests = [
    await put({ path: 'a', content: '1' }),
    await put({ path: 'a', content: '2' }),
    await put({ path: 'b', content: '1' }),
    await put({ path: 'a', content: '1', mode: 0o755 }),
    await put({ path: 'a', content: '1' }, { path: 'd', type: 'Directory' }),
  ]
  expect(new Set(digests).size).toBe(5)
})

test('a tar made by the tar package with large files arrives whole', async () => {
  const source = join(home, 'source')
  await mkdir(join(source, 'deep'), { recursive: true })
  const large = Buffer.alloc(3_000_001, 'humdrum')
  await writeFile(join(source, 'deep', 'large'), large)
  await writeFile(join(source, 'none'), '')
  await symlink('deep/large', join(source, 'link'))
  const stream = new Readable().wrap(create({ cwd: source }, ['.']) as unknown as NodeJS.ReadableStream)
  const { digest } = taken(await artifacts.put(stream))
  const folder = taken(await artifacts.place(digest))
  expect((await readFile(join(folder, 'link'))).equals(large)).toBe(true)
})

test.each([
  ['a path that leads out', handmadeTar({ path: '../x', content: 'x' }), /^HD3003: "\.\.\/x" leads out/],
  ['an absolute path', handmadeTar({ path: '/tmp/x', content: 'x' }), /^HD3003: .*absolute/],
  ['an absolute link', handmadeTar({ path: 'a', type: 'SymbolicLink', linkpath: '/etc' }), /^HD3003: .*absolute/],
  [
    'a link that leads out',
    handmadeTar({ path: 'a', type: 'SymbolicLink', linkpath: '../..' }),
    /^HD3003: .*leads out/,
  ],
  [
    'a file through a link',
    handmadeTar({ path: 'a', type: 'SymbolicLink', linkpath: 'b' }, { path: 'a/x', content: 'x' }),
    /^HD3003: .*no folder/,
  ],
  ['a hard link that leads out', handmadeTar({ path: 'a', type: 'Link', linkpath: '../../x' }), /^HD3003: .*leads out/],
  ['a character device', handmadeTar({ path: 'a', type: 'CharacterDevice' }), /^HD3003: .*CharacterDevice/],
  ['a block device', handmadeTar({ path: 'a', type: 'BlockDevice' }), /^HD3003: .*BlockDevice/],
  ['a fifo', handmadeTar({ path: 'a', type: 'FIFO' }), /^HD3003: .*FIFO/],
  ['an unknown kind', handmadeTar({ path: 'a', type: 'SparseFile' }), /^HD3003: .*SparseFile/],
  ['one path twice', handmadeTar({ path: 'a', content: '1' }, { path: './a', content: '2' }), /^HD3003: .*twice/],
  ['a line break in a name', handmadeTar({ path: 'a\nb', content: '1' }), /^HD3003: .*control characters/],
  ['a line break in a long name', handmadeTar({ path: `é\n${'b'.repeat(200)}`, content: '1' }), /^HD3003: .*control/],
  ['no file', handmadeTar({ path: 'a', type: 'Directory' }), /^HD3002/],
  ['nothing', endMark, /^HD3002/],
  ['no bytes', Buffer.alloc(0), /^HD3003: it breaks off/],
  ['no tar', Buffer.alloc(2_048, 'no tar at all'), /^HD3003: it is not a sound tar/],
  ['a gzip', Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(2_048)]), /^HD3003: it is compressed/],
  [
    'a tar that ends inside a file',
    handmadeEntry({ path: 'a', content: 'x'.repeat(5_000) }).subarray(0, 2_048),
    /^HD3003/,
  ],
  [
    'a tar that ends inside a block',
    handmadeTar({ path: 'a', content: 'x' }).subarray(0, 700),
    /^HD3003: it breaks off/,
  ],
  [
    'a tar that ends between two files',
    handmadeEntry({ path: 'a', content: 'x' }),
    /^HD3003: it breaks off before its end/,
  ],
])('%s is refused, and nothing of it stays', async (_, bytes, reason) => {
  expect(await refusal(bytes)).toMatch(reason)
  expect(await leftovers()).toEqual([])
  expect(await readdir(join(home, 'store', 'sha256'))).toEqual([])
})

test('a flipped bit in a header is refused', async () => {
  const bytes = handmadeTar({ path: 'a', content: 'x' }, { path: 'b', content: 'y' })
  bytes[1_024 + 3] = 0x41
  expect(await refusal(bytes)).toMatch(/^HD3003: it is not a sound tar \(checksum failure\)/)
})

test('limits are kept', async () => {
  artifacts = open({ entries: 3, bytes: 10_000 })
  const many = ['a', 'b', 'c', 'd'].map((path) => ({ path, content: path }))
  expect(await refusal(handmadeTar(...many))).toMatch(/^HD3003: it has more than 3 entries/)
  expect(await refusal(handmadeTar({ path: 'a', content: 'x'.repeat(20_000) }))).toMatch(/^HD3003: .*10000 bytes/)
  const links = ['b', 'c'].map((path) => ({ path, type: 'Link' as const, linkpath: 'a' }))
  expect(await refusal(handmadeTar({ path: 'a', content: 'x'.repeat(4_000) }, ...links))).toMatch(
    /^HD3003: .*10000 bytes/,
  )
})

test.each([0, 1, 2, 4, 8, 16, 50])('an upload that is aborted after %d ms leaves nothing', async (afterMs) => {
  const bytes = handmadeTar({ path: 'a', content: Buffer.alloc(200_000, 'x') })
  const source = new Readable({ read() {} })
  const outcome = artifacts.put(source)
  source.push(bytes.subarray(0, 100_000))
  setTimeout(() => source.destroy(new Error('the connection was reset')), afterMs)
  expect(faultOf(await outcome)).toBe('HD3003: the upload ended early')
  expect(await leftovers()).toEqual([])
})

test('a refusal leaves the stream open, so that its sender can be answered', async () => {
  const source = upload(handmadeTar({ path: '../x', content: 'x' }, { path: 'b', content: Buffer.alloc(100_000) }))
  expect(faultOf(await artifacts.put(source))).toMatch(/^HD3003/)
  expect(source.destroyed).toBe(false)
  source.destroy()
})

test('what a kill left half done is removed at the next start', async () => {
  await mkdir(join(home, 'store', 'staging', 'half'))
  await mkdir(join(home, 'releases', '.half'))
  artifacts = open()
  await put({ path: 'a', content: '1' })
  expect(await leftovers()).toEqual([])
})

test('what was uploaded lies sealed where it is started from, and is verified there before it is', async () => {
  const digest = await put({ path: 'd/a', content: '1' })
  const folder = artifacts.folderOf(digest)
  expect((await lstat(folder)).mode & 0o777).toBe(0o555)
  expect((await lstat(join(folder, 'd', 'a'))).mode & 0o777).toBe(0o444)
  await rm(blobOf(digest)) // it is not needed for that
  expect(taken(await artifacts.place(digest))).toBe(folder)
  await chmod(join(folder, 'd'), 0o755)
  await rm(join(folder, 'd', 'a'))
  expect(faultOf(await artifacts.place(digest))).toMatch(/^HD3004/)
})

test('where it cannot be moved to, the blob is unpacked', async () => {
  await rm(join(home, 'releases'), { recursive: true })
  const digest = await put({ path: 'a', content: '1' })
  await mkdir(join(home, 'releases'), { mode: 0o711 })
  const folder = taken(await artifacts.place(digest))
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('1')
})

test('a corrupt blob is never unpacked, and a new upload heals it', async () => {
  const digest = await put({ path: 'a', content: '1' })
  await removeFolder(artifacts.folderOf(digest))
  await writeFile(blobOf(digest), handmadeTar({ path: 'a', content: '2' }))
  expect(faultOf(await artifacts.place(digest))).toMatch(/^HD3004/)
  expect(await artifacts.has(digest)).toBe(false)
  expect(faultOf(await artifacts.place(digest))).toMatch(/^HD3004/)
  expect(await put({ path: 'a', content: '1' })).toBe(digest)
  expect(faultOf(await artifacts.place(digest))).toBe('taken')
})

test('an unknown digest is said to be unknown, and no digest leads elsewhere', async () => {
  expect(faultOf(await artifacts.place(`sha256:${'0'.repeat(64)}` as Digest))).toMatch(/^HD3005/)
  expect(faultOf(await artifacts.place('sha256:../../etc' as Digest))).toMatch(/^HD3005/)
  expect(await artifacts.has('sha256:../../etc' as Digest)).toBe(false)
})

test.each([
  ['changed', (folder: string) => writeFile(join(folder, 'd', 'a'), '2')],
  ['missing', (folder: string) => rm(join(folder, 'd', 'a'))],
  ['added', (folder: string) => writeFile(join(folder, 'd', 'b'), '')],
  ['made executable', (folder: string) => chmod(join(folder, 'd', 'a'), 0o755)],
])('a file that was %s in the unpacked folder is healed from the blob', async (_, tamper) => {
  const digest = await put({ path: 'd/a', content: '1' })
  const folder = taken(await artifacts.place(digest))
  for (const part of ['', 'd']) await chmod(join(folder, part), 0o755)
  await chmod(join(folder, 'd', 'a'), 0o644)
  await tamper(folder)
  expect(taken(await artifacts.place(digest))).toBe(folder)
  expect(await readdir(join(folder, 'd'))).toEqual(['a'])
  expect(await readFile(join(folder, 'd', 'a'), 'utf8')).toBe('1')
  expect(await leftovers()).toEqual([])
})

test('what runs from a folder finds its files in it after it was healed', async () => {
  const digest = await put({ path: 'page', content: 'sound' }, { path: 'd/page', content: 'sound too' })
  const folder = taken(await artifacts.place(digest))
  // Says "ready" from within the folder, and then what the files hold, by paths that begin there.
  const app = spawn('sh', ['-c', 'echo ready; read go; cat page d/page'], { cwd: folder })
  const said = text(app.stdout)
  await once(app, 'spawn')
  await expect.poll(() => readlink(`/proc/${app.pid}/cwd`).catch(() => folder), { timeout: 10_000 }).toBe(folder)
  await chmod(join(folder, 'page'), 0o644)
  await writeFile(join(folder, 'page'), 'evil')
  expect(taken(await artifacts.place(digest))).toBe(folder)
  app.stdin.end('go\n')
  expect(await said).toBe('ready\nsoundsound too')
  for (const [path, mode] of [
    ['', 0o555],
    ['d', 0o555],
    ['page', 0o444],
  ] as const)
    expect((await lstat(join(folder, path))).mode & 0o7777).toBe(mode)
  expect(await leftovers()).toEqual([])
})

test('a file in the place of the folder is healed as well', async () => {
  const digest = await put({ path: 'page', content: 'sound' })
  const folder = taken(await artifacts.place(digest))
  await removeFolder(folder)
  await writeFile(folder, 'no folder')
  expect(taken(await artifacts.place(digest))).toBe(folder)
  expect(await readFile(join(folder, 'page'), 'utf8')).toBe('sound')
  expect(await leftovers()).toEqual([])
})

test('concurrent calls share one work', async () => {
  const digest = await put({ path: 'a', content: '1' })
  const results = await Promise.all(Array.from({ length: 8 }, () => artifacts.place(digest)))
  expect(new Set(results.map(faultOf))).toEqual(new Set(['taken']))
  expect(new Set(results).size).toBe(1) // the very same outcome, not eight
  expect(await readdir(join(home, 'releases'))).toEqual([digest.slice(7)])
})

test('two uploads of the same content at the same time are one artifact', async () => {
  const digests = await Promise.all(Array.from({ length: 4 }, () => put({ path: 'a', content: '1' })))
  expect(new Set(digests).size).toBe(1)
  expect(await readdir(join(home, 'store', 'sha256'))).toHaveLength(1)
})

test.skipIf(!inject('canMount'))('a full disk is HD1107 and leaves nothing', async () => {
  const small = join(home, 'store')
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', small])
  try {
    artifacts = open()
    expect(await refusal(handmadeTar({ path: 'a', content: Buffer.alloc(600_000) }))).toMatch(/^HD1107/)
    expect(await leftovers()).toEqual([])
    expect(await readdir(join(small, 'sha256'))).toEqual([])
  } finally {
    execFileSync('umount', [small])
  }
})

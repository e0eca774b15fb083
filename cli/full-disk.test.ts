// A disk that gets full under a real server, edge and app, on a file system of its own: what is refused, and that nobody is
// kept from going back, to the last byte and beyond it.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { connect } from './connect.ts'
import type { Answer, TestPlace } from './test-place.ts'
import { testPlace, until } from './test-place.ts'

const config = (rollout: string): string => `version: 1
app: greeter
run:
  command: node greet.mjs
  health: { path: /healthz, timeout: 20s }
  stop: { timeout: 1s }
environments:
  production: { target: { instances: 1 }, rollout: { ${rollout} } }
`
const atOnce = config('strategy: allAtOnce, bake: { for: 0s }')
const byHalf = config('strategy: canary, steps: [{ setWeight: 50% }], bake: { for: 0s }')

const code = (version: string): string => `import { createServer } from 'node:http'
createServer((request, response) => response.end('${version}')).listen(Number(process.env.PORT))
`

describe.skipIf(!inject('canMount'))('on a disk of 64 MB', () => {
  let place: TestPlace
  let disk: string
  let home: string
  const app = (): string => join(place.folder.path, 'app')

  beforeAll(() => {
    place = testPlace({ 'app/humdrum.yaml': atOnce, 'app/greet.mjs': code('one') })
    disk = join(place.folder.path, 'disk')
    home = join(disk, 'home')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m,mode=755', 'tmpfs', disk])
  })
  afterAll(async () => {
    rmSync(join(disk, 'filler'), { force: true })
    await run('down')
    execFileSync('umount', [disk])
    await place[Symbol.asyncDispose]()
  })

  const run = (line: string): Promise<Answer> => place.run(line, { cwd: app(), env: { HUMDRUM_HOME: home } })
  const api = () => connect({ home, variables: {} })
  const newest = async () => (await api().status()).environments[0]?.rollout
  const ask = async (): Promise<string> => (await fetch((await api().status()).edge.url)).text()
  const askMany = async (): Promise<ReadonlySet<string>> =>
    new Set(await Promise.all(Array.from({ length: 40 }, () => ask())))

  /** Writes until so many bytes are free. */
  const fillTo = (freeBytes: number): void => {
    const filler = join(disk, 'filler')
    for (let piece = 1_048_576; piece >= 512; ) {
      const { bavail, bsize } = statfsSync(disk)
      if (bavail * bsize - piece < freeBytes) piece /= 2
      else writeFileSync(filler, Buffer.alloc(piece), { flag: 'a' })
    }
  }

  test('while there is room releases come and go, and room is kept for later', async () => {
    expect(await run('up --detach --port 0 --edge-port 0')).toMatchObject({ code: 0, err: '' })
    expect((await run('deploy --wait')).code).toBe(0)
    writeFileSync(join(app(), 'greet.mjs'), code('two'))
    expect((await run('deploy --wait')).code).toBe(0)
    await until(async () => existsSync(join(home, 'ballast')))
    writeFileSync(join(app(), 'greet.mjs'), code('three'))
    writeFileSync(join(app(), 'humdrum.yaml'), byHalf)
    expect((await run('deploy')).code).toBe(0)
    await until(async () => (await askMany()).has('three'))
  })

  test('at 90 % a release is refused before its bytes are taken, and status says why', async () => {
    fillTo(5_000_000)
    writeFileSync(join(app(), 'more'), Buffer.alloc(20_000_000))
    const { code: exit, err } = await run('deploy')
    rmSync(join(app(), 'more'))
    expect(exit).toBe(1)
    expect(err).toMatch(/the disk is too full for a new release: .* is 9\d % full, with 5 MB free: .* {2}\[HD1109\]$/m)
    expect((await run('status')).out).toMatch(/^disk {4}.*\/home lies on a disk that is 9\d % full/m)
  })

  test('with no byte left the rollout under way is rolled back at once', async () => {
    fillTo(0)
    expect(() => writeFileSync(join(disk, 'one more'), 'x')).toThrow('ENOSPC')
    expect(await newest()).toMatchObject({ phase: 'Progressing', release: 'v3' })
    expect(await askMany()).toEqual(new Set(['two', 'three']))
    expect(await run('rollback --wait --reason slow')).toMatchObject({ code: 0 })
    expect(await askMany()).toEqual(new Set(['two']))
  })

  test('a release that does not run any more is started again with the room that the home gives up', async () => {
    expect(await run('rollback --wait')).toMatchObject({ code: 0 })
    expect(await askMany()).toEqual(new Set(['one']))
    expect(readFileSync(join(home, 'server.log'), 'utf8')).toContain('gave up its ballast')
  })

  test('when there is room again a release is taken again', async () => {
    rmSync(join(disk, 'filler'))
    writeFileSync(join(app(), 'humdrum.yaml'), atOnce)
    writeFileSync(join(app(), 'greet.mjs'), code('four'))
    expect((await run('deploy --wait')).code).toBe(0)
    expect(await askMany()).toEqual(new Set(['four']))
  })
})

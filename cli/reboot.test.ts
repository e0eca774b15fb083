// What a reboot leaves is files: every process is killed, and then started again in the order of the systemd units, each
// alone. Up to the last step no server runs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusView } from '@humdrum/contract/api.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from './connect.ts'
import { edgeEntry, serverEntry } from './server-entry.ts'
import type { TestPlace } from './test-place.ts'
import { testPlace, until } from './test-place.ts'

const config = `version: 1
app: greeter
run: { command: node greet.mjs, health: { path: /healthz, timeout: 20s }, stop: { timeout: 2s } }
environments:
  production:
    target: { kind: process, instances: 2 }
    router: { kind: edge }
    rollout: { strategy: canary, steps: [{ setWeight: 50% }], analysis: { minExposure: { requests: 5000, time: 300s } } }
`

const code = (version: string): string => `import { createServer } from 'node:http'
createServer((_, response) => response.end('${version}')).listen(Number(process.env.PORT))
`

let place: TestPlace
beforeAll(() => {
  place = testPlace({ 'app/humdrum.yaml': config, 'app/greet.mjs': code('one') })
})
afterAll(() => place[Symbol.asyncDispose]())

const inApp = (line: string) => place.run(line, { cwd: join(place.folder.path, 'app') })
const status = (): Promise<StatusView> => connect({ home: place.home, variables: {} }).status()

const program = (...words: readonly string[]) =>
  spawn(process.execPath, words, { env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'inherit'] })

/** Who answered forty requests. */
const answersAt = async (url: string): Promise<readonly string[]> => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, async () => (await fetch(url, { headers: { connection: 'close' } })).text()),
  )
  return [...new Set(answers)].sort()
}

test('stable serves before a server is up, the candidate does not, and then the rollout goes on', async () => {
  expect(await inApp('up --detach --port 0 --edge-port 0')).toMatchObject({ code: 0 })
  expect(await inApp('deploy --wait')).toMatchObject({ code: 0 })
  place.folder.write({ 'app/greet.mjs': code('two') })
  expect(await inApp('deploy')).toMatchObject({ code: 0 })
  const { edge } = await status()
  await until(async () => (await answersAt(edge.url)).length === 2)

  await until(() => {
    const left = place.processes()
    for (const pid of left) process.kill(pid, 'SIGKILL')
    return left.length === 0
  })
  rmSync(join(place.home, 'edge/edge.json')) // of a boot that is over: nobody may go by it

  const restoring = program(serverEntry(), '--home', place.home, '--restore')
  const [words]: unknown[] = await once(restoring.stdout, 'data')
  expect(String(words)).toBe('4 of the 4 instances that were ready before are so again\n')
  await until(() => restoring.exitCode === 0)

  program(edgeEntry(), '--home', join(place.home, 'edge'), '--port', new URL(edge.url).port)
  await until(async () => (await answersAt(edge.url).catch(() => [])).length > 0)
  expect(await answersAt(edge.url)).toEqual(['one'])

  program(serverEntry(), '--home', place.home, '--port', '0', '--supervised-edge')
  await until(async () => (await answersAt(edge.url)).length === 2)
  const now = (await status()).environments[0]?.rollout
  expect(now).toMatchObject({ id: 'r-2', phase: 'Progressing' })
  expect(now?.releases.map(({ ready, restarts }) => [ready, restarts])).toEqual([
    [2, 0],
    [2, 0],
  ])
})

test('the server starts no edge where somebody else does, and finds the one that comes', async () => {
  const before = (await status()).edge
  process.kill(before.pid ?? 0, 'SIGKILL')
  await until(async () => !(await status()).edge.reachable)
  await sleep(2_500) // two rounds of an idle server: in each it would start one
  expect((await status()).edge.pid).toBeNull()
  const edge = program(edgeEntry(), '--home', join(place.home, 'edge'), '--port', new URL(before.url).port)
  await until(async () => (await status()).edge.reachable)
  expect((await status()).edge).toEqual({ ...before, reachable: true, pid: edge.pid })
  expect(await answersAt(before.url)).toContain('one')
})

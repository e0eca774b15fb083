// The way back while it is warm, on a real server, edge and app: what comes back never stopped, what is left finishes what
// it has.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolloutViewSchema } from '@humdrum/contract/api.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from './connect.ts'
import type { TestPlace } from './test-place.ts'
import { testPlace, until } from './test-place.ts'

const config = `version: 1
app: greeter
run: { command: node greet.mjs, health: { path: /, timeout: 20s }, stop: { timeout: 2s } }
environments: { production: { rollout: { strategy: allAtOnce, bake: { for: 0s } } } }
`

/** Begins an answer at once, and ends by itself only once it has answered whole. */
const code = (name: string): string => `import { createServer } from 'node:http'
const server = createServer((request, response) => {
  response.write('${name} ')
  setTimeout(() => response.end(String(process.pid)), request.url === '/slow' ? 1500 : 0)
}).listen(Number(process.env.PORT))
process.once('SIGTERM', () => server.close())
`

let place: TestPlace
beforeAll(async () => {
  place = testPlace({ 'app/humdrum.yaml': config, 'app/greet.mjs': code('one') })
  await place.run('up --detach --port 0 --edge-port 0')
})
afterAll(() => place[Symbol.asyncDispose]())

const inApp = (line: string) => place.run(line, { cwd: join(place.folder.path, 'app') })
const status = () => connect({ home: place.home, variables: {} }).status()

test('a warm release takes over as it ran, and no request is lost on the way', { timeout: 60_000 }, async () => {
  await inApp('deploy --wait')
  const { url } = (await status()).edge
  const ask = async (): Promise<string> => (await fetch(url)).text()
  const one = await ask()
  writeFileSync(join(place.folder.path, 'app/greet.mjs'), code('two'))
  await inApp('deploy --wait')
  expect(await ask()).toMatch(/^two /)
  expect((await inApp('status')).out).toMatch(
    /^ {2}v1 \(standby\) {2}1 of 1 instance ready, warm for another (?:59:\d\d|1:00:00): /m,
  )

  const slow = await fetch(`${url}/slow`) // two has begun to answer
  const { rollout } = JSON.parse((await inApp('rollback --json')).out)
  expect(rolloutViewSchema.parse(rollout)).toMatchObject({ kind: 'rollback', release: 'v1' })
  expect(rollout.wayBack.checked).toEqual(['v1 is warm: 1 of 1 instance ready'])
  await until(async () => (await status()).environments[0]?.rollout.phase === 'Succeeded')
  expect(await ask()).toBe(one)
  expect(await slow.text()).toMatch(/^two \d+$/)
  const left = async () => (await status()).environments[0]?.rollout.releases.find(({ release }) => release === 'v2')
  await until(async () => (await left())?.instances === 0)
})

// A real server, and everything that somebody may ask of a plan: before the first release, with one, while a rollout is
// under way, without a server, with a file that is wrong.
import { join } from 'node:path'
import type { PlanView } from '@humdrum/contract/plan-view.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../connect.ts'
import type { TestPlace } from '../test-place.ts'
import { testPlace, until } from '../test-place.ts'

const config = (
  environments = 'production: { rollout: { steps: [{ setWeight: 50% }, { pause: {} }] } }',
  more = '',
) => `version: 1
app: greeter
run: { command: node greet.mjs, health: { timeout: 20s }, stop: { timeout: 2s }${more} }
environments: { ${environments} }
`
const code = `import { createServer } from 'node:http'
createServer((_, response) => response.end('hello')).listen(Number(process.env.PORT))
`

let place: TestPlace
beforeAll(() => {
  place = testPlace({ 'app/humdrum.yaml': config(), 'app/greet.mjs': code })
})
afterAll(() => place[Symbol.asyncDispose]())

const inApp = (line: string) => place.run(line, { cwd: join(place.folder.path, 'app') })

const planned = async (line = 'plan --json') => {
  const { code: exit, out } = await inApp(line)
  const answer: { plan: PlanView; exit: number } = JSON.parse(out)
  expect(answer.exit).toBe(exit)
  return { exit, ...answer.plan }
}

const status = () => connect({ home: place.home, variables: {} }).status()

test('without a server it says how to start one', async () => {
  const { code: exit, err } = await inApp('plan')
  expect({ exit, err }).toEqual({
    exit: 1,
    err: expect.stringMatching(/^no server answers: .*\[HD1101\]\n {2}humdrum up\n$/),
  })
})

test('a first deploy is planned, and nothing comes of it', async () => {
  expect((await inApp('up --detach --port 0 --edge-port 0')).code).toBe(0)
  const { code: exit, out } = await inApp('plan production')
  expect(exit).toBe(0)
  expect(out).toMatch(/^greeter → production\nnow {9}nothing serves here yet: this would be the first release\n/)
  expect(await planned()).toMatchObject({ stable: null, wayBack: null, steps: [], refusals: [] })
  expect((await status()).environments).toEqual([])
})

test('measures the memory of what runs and the traffic that comes, and forecasts from both', async () => {
  expect((await inApp('deploy --wait=bake')).code).toBe(0)
  const { edge } = await status()
  let plan = await planned()
  await until(async () => {
    for (let request = 0; request < 20; request += 1) await (await fetch(edge.url)).text()
    plan = await planned()
    return plan.traffic !== null && plan.traffic.requestsPerSecond > 0
  })
  expect(plan.traffic).toMatchObject({ errorRate: 0, p50Ms: expect.any(Number) })
  expect(plan.wayBack).toMatchObject({ release: 'v1', checked: expect.arrayContaining(['v1 is present and verified']) })
  // A Node that answers "hello" takes some 40 MB, and its shell little.
  expect(plan.capacity.present.bytes).toBeGreaterThan(20e6)
  expect(plan.capacity).toMatchObject({ candidate: { instances: 1, bytes: plan.capacity.present.bytes }, enough: true })
  expect(plan.steps[0]).toMatchObject({ step: { setWeight: 500_000 }, forecastMs: expect.any(Number) })
  expect(plan.exit).toBe(0)
})

test('what would be refused says so and ends with 1: a rollout under way, a variable that is missing', async () => {
  place.folder.write({ 'app/greet.mjs': `${code}// another` })
  expect((await inApp('deploy')).code).toBe(0)
  place.folder.write({ 'app/humdrum.yaml': config(undefined, ', env: { KEY: "${env:NO_SUCH_KEY}" }') })
  const { code: exit, out } = await inApp('plan')
  expect(exit).toBe(1)
  expect(out).toMatch(/^refused {5}a rollout is under way: r-2 \(.*\[HD4101\]\n {12}\S/m)
  expect(out).toMatch(/^refused {5}a variable of the server is not set: NO_SUCH_KEY.*\[HD4103\]$/m)
  expect((await planned()).refusals.map((refusal) => refusal.code)).toEqual(['HD4101', 'HD4103'])
})

test('a file that is wrong and an environment that it has not are told with the place', async () => {
  const unknown = await inApp('plan prod')
  expect(unknown).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^humdrum\.yaml:4:\d+ {2}unknown environment "prod"/),
  })
  place.folder.write({ 'app/other.yaml': config('a: {}, b: {}'), 'app/wrong.yaml': 'version: [' })
  expect(await inApp('plan --file other.yaml')).toMatchObject({ code: 2, err: expect.stringContaining('[HD2105]') })
  expect(await inApp('plan --file wrong.yaml')).toMatchObject({
    code: 2,
    err: expect.stringContaining('wrong.yaml:1:'),
  })
})

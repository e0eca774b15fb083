// The whole way on a real server, edge and app, each command as a process of its own: from `up` to `down`, in this order,
// on one home. What is refused on the way leaves nothing half done.
import { rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StatusView } from '@humdrum/contract/api.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from './connect.ts'
import { readHomeServer } from './home.ts'
import type { Answer, TestPlace } from './test-place.ts'
import { testPlace, until } from './test-place.ts'

const config = (
  given: { command?: string; extra?: string; rollout?: string; build?: string } = {},
): string => `version: 1
app: greeter
${given.build ?? ''}
run:
  command: ${given.command ?? 'node greet.mjs'}
  health: { path: /healthz, timeout: 20s }
  stop: { timeout: 2s }
  env: { GREETING: hello${given.extra ?? ''} }
environments:
  production:
    target: { kind: process, instances: 1 }
    router: { kind: edge }
    rollout: { ${given.rollout ?? 'strategy: allAtOnce, bake: { for: 0s }'} }
`

const code = (version: string, status = 200): string => `import { createServer } from 'node:http'
console.log('${version} listens')
createServer((request, response) => {
  response.statusCode = request.url === '/healthz' ? 200 : ${status}
  response.end(process.env.GREETING + ' from ${version}, token ' + process.env.HUMDRUM_TOKEN)
}).listen(Number(process.env.PORT))
`

let place: TestPlace
beforeAll(() => {
  place = testPlace({ 'app/humdrum.yaml': config(), 'app/greet.mjs': code('one') })
})
afterAll(() => place[Symbol.asyncDispose]())

const inApp = (line: string, env: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  place.run(line, { cwd: join(place.folder.path, 'app'), env })

const write = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(place.folder.path, 'app', name), text)
}

const status = (): Promise<StatusView> => connect({ home: place.home, variables: {} }).status()

const greeting = async (): Promise<string> => (await fetch((await status()).edge.url)).text()

test('up --detach returns when everything serves', async () => {
  const { code: exit, out, err } = await inApp('up --detach --port 0 --edge-port 0')
  expect({ exit, err }).toEqual({ exit: 0, err: '' })
  expect(out).toMatch(/serves on http:\/\/127\.0\.0\.1:\d+; apps on http:\/\/127\.0\.0\.1:\d+\n/)
  expect(out).toContain(`${place.home}/server.log\n  stop everything  humdrum down\n`)
  const { edge } = await status()
  expect(edge.reachable).toBe(true)
  expect(statSync(place.home).mode & 0o777).toBe(0o700)
})

test.for(['up', 'up --detach'])(
  'a second server on the home is refused, with the way to the first: %s',
  async (line) => {
    const { server } = await status()
    const { code: exit, err } = await inApp(line)
    expect(exit).toBe(1)
    expect(err).toBe(
      `a server runs on this home already: ${place.home}, pid ${server.pid}, ${server.url}  [HD1104]\n` +
        '  use it: humdrum status      stop everything: humdrum down\n',
    )
  },
)

test('says what to do where nothing was deployed', async () => {
  expect(await inApp('status')).toMatchObject({
    code: 0,
    out: expect.stringContaining('nothing was deployed here yet'),
  })
  expect(await inApp('logs')).toMatchObject({ code: 1, err: expect.stringContaining('[HD4002]') })
})

test('deploy on a pipe is accepted and goes on by itself', async () => {
  const { code: exit, out } = await inApp('deploy')
  expect(exit).toBe(0)
  expect(out).toMatch(/^r-1 accepted: greeter → production {2}v1 {2}sha256:[0-9a-f]{12} {2}\d/)
  await until(async () => (await status()).environments[0]?.rollout.phase === 'Succeeded')
  expect(await greeting()).toBe('hello from one, token undefined')
})

test('the same once more starts nothing', async () => {
  expect(await inApp('deploy --wait')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^greeter → production: v1 .* serves already; nothing was started\n$/),
  })
})

test('deploy --wait tells every stage and ends when it has proved itself', async () => {
  write({ 'greet.mjs': code('two') })
  const { code: exit, out } = await inApp('deploy --wait --version two')
  expect(exit).toBe(0)
  const [head = '', ...lines] = out.trimEnd().split('\n')
  expect(head).toBe('greeter → production  r-2')
  expect(lines[0]).toMatch(/^✓ artifact {4}two {2}sha256:/)
  expect(lines[1]).toMatch(/^✓ preflight {3}way back checked: v1 /)
  expect(out).toMatch(/^✓ candidate {3}1 of 1 ready in /m)
  expect(out).toMatch(/^✓ two is stable, .* after the start$/m)
  expect(lines.at(-1)).toBe('  v1 stays warm for 1:00:00: until then humdrum rollback goes back at once.')
  expect(await greeting()).toMatch(/^hello from two/)
})

test('a machine reads the result on stdout, people beside it', async () => {
  const { code: exit, out, err } = await inApp('deploy --json')
  expect(JSON.parse(out)).toMatchObject({ exit: 0, rollout: { release: 'two', phase: 'Succeeded' } })
  expect({ exit, err }).toEqual({ exit: 0, err: expect.stringContaining('serves already') })
})

test('status is a table for people', async () => {
  const { out } = await inApp('status greeter')
  const disks = expect.any(Array) // others write there too
  expect(JSON.parse((await inApp('status --json')).out)).toEqual({ ...(await status()), disks, exit: 0 })
  expect(out).toMatch(/^greeter +production +two +r-2 two +Succeeded +100 % +/m)
  expect(out).toContain('greeter → production: two is stable\n  two (stable)  1 of 1 instance ready\n')
  expect(await inApp('status greter')).toMatchObject({
    code: 1,
    err: expect.stringContaining('did you mean "greeter"?'),
  })
})

test('logs are those of a release, as lines or as JSON', async () => {
  expect((await inApp('logs --release v1')).out).toMatch(/^\S+Z v1 \S+ stdout \| one listens\n$/)
  const entries = (await inApp('logs --json')).out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(entries.map(({ release, line }) => [release, line])).toEqual([
    ['v1', 'one listens'],
    ['two', 'two listens'],
  ])
})

test.for([
  [
    'a build that fails',
    { build: 'build: { run: "echo from the build; exit 3", output: dist }' },
    'deploy',
    1,
    'the build failed: "echo from the build; exit 3" ended with exit code 3  [HD3001]\n',
  ],
  [
    'a build that leaves nothing',
    { build: 'build: { run: mkdir -p dist, output: dist }' },
    'deploy',
    1,
    'the build left nothing to deploy: dist is empty  [HD3002]\n',
  ],
  [
    'a variable that the server does not have',
    { extra: ', DB: "${env:GREETER_DB}"' },
    'deploy',
    1,
    'a variable of the server is not set: GREETER_DB, named in run.env  [HD4103]\n',
  ],
  [
    'an unknown environment',
    {},
    'deploy prod',
    2,
    'humdrum.yaml:10:3  unknown environment "prod"  [HD2104]\n  did you mean "production"?',
  ],
  ['a version that means other bytes', { command: 'node ./greet.mjs' }, 'deploy --version v1', 1, '[HD3006]\n'],
  ['a file that is not valid', { rollout: 'strategy: canari' }, 'deploy', 2, 'humdrum.yaml:13:'],
] as const)('refuses %s, and stable goes on', async ([, given, line, exit, words]) => {
  write({ 'humdrum.yaml': config(given) })
  const answer = await inApp(line)
  write({ 'humdrum.yaml': config() })
  expect(answer).toMatchObject({ code: exit, err: expect.stringContaining(words) })
  expect((await status()).environments[0]).toMatchObject({ stable: 'two', rollout: { id: 'r-2' } })
})

test('refuses an entry that leads out of the artifact', async () => {
  write({
    'humdrum.yaml': config({ build: 'build: { run: "mkdir out; ln -s /etc/passwd out/users", output: out }' }),
  })
  const { code: exit, err } = await inApp('deploy')
  rmSync(join(place.folder.path, 'app/out'), { recursive: true })
  expect(exit).toBe(1)
  expect(err).toMatch(/^the artifact is refused: .*users.* {2}\[HD3003\]$/m)
})

test('refuses a wrong token', async () => {
  const { server } = await status()
  const wrong = await inApp('status', { HUMDRUM_URL: server.url, HUMDRUM_TOKEN: 'wrong' })
  expect(wrong).toMatchObject({ code: 1, out: '', err: expect.stringContaining('[HD1102]') })
})

test('Ctrl-C leaves a rollout that is followed, and says that it goes on', async () => {
  write({ 'humdrum.yaml': config({ command: 'sleep 60' }) }) // it never listens
  const running = place.start(['deploy', '--wait'], { cwd: join(place.folder.path, 'app') })
  await running.says('starting 1 instance')
  running.child.kill('SIGINT')
  const { code: exit, out } = await running.answer
  expect(exit).toBe(0)
  expect(out).toMatch(/^detached: r-3 goes on by itself \(starting 1 instance of v2\)$/m)
  expect(await inApp('deploy')).toMatchObject({ code: 1, err: expect.stringContaining('a rollout is under way: r-3') })
})

test('who waits for a rollout that somebody aborts gets 4, and stable was never left', async () => {
  expect(await inApp('abort --reason enough')).toMatchObject({
    code: 0,
    out: expect.stringContaining('aborted it: enough'),
  })
  const running = place.start(['deploy', '--wait'], { cwd: join(place.folder.path, 'app') })
  await running.says('starting 1 instance')
  await inApp('abort')
  const { code: exit, out } = await running.answer
  expect(exit).toBe(4)
  expect(out).toMatch(/^✗ v2 failed, two serves as before$/m)
  expect(await greeting()).toMatch(/^hello from two/)
})

test('a release that fails under traffic is rolled back with 3, and may not come again until it is lifted', async () => {
  const steps =
    'strategy: canary, steps: [{ setWeight: 50% }], analysis: { minExposure: { requests: 5000, time: 20s } }'
  write({ 'humdrum.yaml': config({ rollout: steps }), 'greet.mjs': code('bad', 500) })
  const { edge } = await status()
  const running = place.start(['deploy', '--wait'], { cwd: join(place.folder.path, 'app') })
  const over = running.answer.then(() => true)
  await running.says('50 % of the traffic')
  const asking = async (): Promise<void> => {
    while (!(await Promise.race([over, Promise.resolve(false)]))) await (await fetch(edge.url)).text()
  }
  await Promise.all([asking(), asking()])
  const { code: exit, out } = await running.answer
  expect(exit).toBe(3)
  expect(out).toMatch(/^✗ rolled back to two, .* ms after the deciding request$/m)
  const digest = /humdrum lift ([0-9a-f]{12}) --reason/.exec(out)?.[1]
  expect(await inApp('deploy')).toMatchObject({
    code: 1,
    err: expect.stringContaining(`humdrum lift ${digest} --reason`),
  })
  expect(await inApp(`lift ${digest} --reason tried`)).toMatchObject({
    code: 0,
    out: `${digest} may be deployed again\n`,
  })
})

test('rollback goes back to the release before', async () => {
  const { code: exit, out } = await inApp('rollback --wait --reason enough')
  expect({ exit, out }).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/^greeter → production: going back to v1 /),
  })
  expect(await greeting()).toMatch(/^hello from one/)
})

test('a server that hangs keeps its home; down says how to end it by force', async () => {
  const { server } = await status()
  process.kill(server.pid, 'SIGSTOP')
  const { code: exit, err } = await inApp('down')
  process.kill(server.pid, 'SIGCONT')
  expect(exit).toBe(1)
  expect(err).toMatch(/^a server runs on this home already: .*, and does not answer {2}\[HD1104\]\n/)
  expect(err).toContain(`(kill -9 ${server.pid}; the apps keep serving), and again: humdrum down\n`)
})

test('the apps serve without the server, and the next one finds them', async () => {
  const before = await status()
  process.kill(before.server.pid, 'SIGKILL')
  await until(async () => (await inApp('status')).err.includes('[HD1101]'))
  expect(await (await fetch(before.edge.url)).text()).toMatch(/^hello from one/)
  const again = await inApp('up --detach --port 0')
  expect(again).toMatchObject({ code: 0, out: expect.stringContaining('the edge went on meanwhile') })
  const { server, edge } = await status()
  expect(server.pid).not.toBe(before.server.pid)
  expect(edge).toEqual({ ...before.edge, reachable: true })
})

test('a port in use is named, with the way round it, and nothing is left of the attempt', async () => {
  const { server, edge } = await status()
  const other = join(place.folder.path, 'refused')
  const api = await inApp(`up --detach --port ${new URL(server.url).port} --edge-port 0`, { HUMDRUM_HOME: other })
  expect(api).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^the port is in use: \d+.* {2}\[HD1105\]\n {2}humdrum up --port 0/),
  })
  const apps = await inApp(`up --port 0 --edge-port ${new URL(edge.url).port}`, { HUMDRUM_HOME: other })
  expect(apps).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^the port is in use: \d+.* {2}\[HD1105\]\n {2}humdrum up --edge-port 0/),
  })
  expect(place.processes(other)).toEqual([])
})

test('Ctrl-C on up stops the server only, and so does its death; down stops the rest', async () => {
  const other = join(place.folder.path, 'other')
  const call = { env: { HUMDRUM_HOME: other }, ownGroup: true }
  const killed = place.start(['up', '--port', '0', '--edge-port', '0'], call)
  await killed.says('serves on')
  process.kill(readHomeServer(other)?.pid ?? 0, 'SIGKILL')
  expect(await killed.answer).toMatchObject({
    code: 1,
    err: 'no server answers: it was ended by SIGKILL; the edge and the apps keep serving  [HD1101]\n  humdrum up\n',
  })

  const up = place.start(['up', '--port', '0'], call)
  await up.says('the edge went on meanwhile')
  process.kill(-(up.child.pid ?? 0), 'SIGINT') // as a terminal does: to the whole group
  const { code: exit, out } = await up.answer
  expect(exit).toBe(0)
  expect(out).toContain('server stopped; the edge and the apps keep serving on ')
  expect(place.processes(other)).toHaveLength(1)

  const down = await inApp('down', { HUMDRUM_HOME: other })
  expect(down).toMatchObject({ code: 0, out: expect.stringMatching(/^stopped .*the edge\n$/) })
  expect(place.processes(other)).toEqual([])
})

test('down stops everything, and says so when nothing ran', async () => {
  expect(await inApp('down')).toEqual({ code: 0, out: 'stopped: the apps, the edge and the server\n', err: '' })
  expect(place.processes()).toEqual([])
  expect(await inApp('down')).toEqual({ code: 0, out: 'nothing was running\n', err: '' })
})

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { AppName, Digest, EnvironmentName, RolloutId, Scope, Version } from '@humdrum/core/ids.ts'
import type { Instance, RunSpec, Wish } from '@humdrum/core/ports.ts'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import { identityOf } from '../../process-identity.ts'
import type { LogEntry } from './app-log.ts'
import { type InstanceRecord, openRecords, writeAtomically } from './instance-record.ts'
import { createProcessTarget, type ProcessTarget, type ProcessTargetOptions } from './process-target.ts'

const onLinux = process.platform === 'linux'
const asRoot = process.getuid?.() === 0

const server = `
const { MODE, PORT, HOST } = process.env
console.log('begins ' + process.pid)
if (MODE === 'broken') { console.error('broken at once'); process.exit(1) }
let terms = 0
process.on('SIGTERM', () => {
  console.log('term ' + ++terms)
  if (MODE !== 'stubborn') setTimeout(() => { console.log('bye'); process.exit(0) }, 100)
})
if (MODE === 'family') {
  require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
}
require('node:http').createServer((request, response) => {
  if (request.url === '/crash') process.exit(3)
  if (request.url === '/env') return response.end(JSON.stringify(process.env))
  response.statusCode = MODE === 'sick' ? 503 : 200
  response.end('ok')
}).listen(Number(PORT), HOST)
`

let home: string
let opened: ProcessTarget[]
let helpers: ChildProcess[]
const scope: Scope = { app: 'shop' as AppName, environment: 'production' as EnvironmentName }
const fence = (generation: number, rollout = 1) => ({ rollout: rollout as RolloutId, generation })
const stateDir = (): string => join(home, 'state')

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'humdrum-target-'))
  chmodSync(home, 0o711)
  opened = []
  helpers = []
  const release = join(home, 'release')
  mkdirSync(release)
  writeFileSync(join(release, 'server.js'), server, { mode: 0o444 })
  chmodSync(release, 0o555)
})

/** Every process that was started from this test's folder, by what its environment says. */
const strays = (): readonly number[] =>
  !onLinux
    ? []
    : readdirSync('/proc').flatMap((name) => {
        const pid = Number(name)
        if (!Number.isInteger(pid) || identityOf(pid) === null) return []
        try {
          return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${home}/`) ? [pid] : []
        } catch {
          return []
        }
      })

afterEach(async () => {
  for (const target of opened) target.close()
  for (const helper of helpers) helper.kill('SIGKILL')
  const left = strays()
  for (const pid of left) process.kill(pid, 'SIGKILL')
  await expect.poll(strays, { timeout: 10_000 }).toEqual([])
  chmodSync(join(home, 'release'), 0o755)
  rmSync(home, { recursive: true, force: true })
})

const open = (more: Partial<ProcessTargetOptions> = {}): ProcessTarget => {
  const target = createProcessTarget({
    stateDir: stateDir(),
    workDir: join(home, 'work'),
    artifacts: { place: async () => ok(join(home, 'release')) },
    environment: () => ({ PATH: process.env['PATH'], SECRET_OF_THE_SERVER: 'hidden', SHOP_DB: 'db://shop' }),
    asRoot: false,
    pace: { probeMs: 20, backoffMs: 30, watchMs: 30, secondLookMs: 200, tailMs: 30 },
    ...more,
  })
  opened.push(target)
  return target
}

type Wished = { version?: string; instances?: number; command?: string; env?: Record<string, string>; stopMs?: number }

const wish = ({ version = 'v1', instances = 1, command, env = {}, stopMs = 5_000 }: Wished = {}): Wish => {
  const run: RunSpec = {
    command: command ?? `'${process.execPath}' server.js`,
    env,
    health: { path: '/healthz', timeoutMs: 5_000 },
    stop: { timeoutMs: stopMs },
  }
  const release = { version: version as Version, artifact: `sha256:${'0'.repeat(64)}` as Digest, run }
  return { release, instances, without: null }
}

const records = (): readonly InstanceRecord[] => openRecords(join(stateDir(), 'instances')).all()
const pidOf = (id: string): number => records().find((record) => record.id === id)?.process?.pid ?? 0

const until = async (
  target: ProcessTarget,
  is: (instances: readonly Instance[]) => boolean,
): Promise<readonly Instance[]> => {
  const deadline = Date.now() + 15_000
  for (;;) {
    const instances = await target.observe(scope)
    if (is(instances)) return instances
    if (Date.now() > deadline) throw new Error(`never so: ${JSON.stringify(instances)}`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

const allReady =
  (count: number) =>
  (instances: readonly Instance[]): boolean =>
    instances.length === count && instances.every(({ state }) => state === 'ready')

/** Starts what is wished for and waits until it is ready. */
const run = async (target: ProcessTarget, wished: Wished = {}): Promise<Instance> => {
  expect(await target.converge(scope, [wish(wished)], fence(1))).toEqual(ok(null))
  const [first] = await until(target, allReady(wished.instances ?? 1))
  if (first === undefined) throw new Error('nothing runs')
  return first
}

const ask = async ({ port }: Instance, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).text()

const logged = async (target: ProcessTarget): Promise<readonly LogEntry[]> => {
  const entries: LogEntry[] = []
  for await (const entry of target.readLogs({ app: scope.app, tail: 1_000 })) entries.push(entry)
  return entries
}
const untilLogged = (target: ProcessTarget, line: string) =>
  expect.poll(async () => (await logged(target)).map((entry) => entry.line), { timeout: 10_000 }).toContain(line)

describe('starting', () => {
  test('an instance starts, becomes ready and sees its own environment alone', async () => {
    const target = open()
    const instance = await run(target, { env: { DB: '$' + '{env:SHOP_DB}' } })
    expect(instance).toMatchObject({ release: 'v1', host: '127.0.0.1', restarts: 0, lastExit: null })
    const { PWD, OLDPWD, SHLVL, _, ...seen } = JSON.parse(await ask(instance, '/env')) as Record<string, string>
    expect(seen).toEqual({
      PATH: expect.any(String),
      HOME: join(home, 'work', 'work-shop'),
      LANG: 'C.UTF-8',
      HOST: '127.0.0.1',
      PORT: String(instance.port),
      DB: 'db://shop',
      HUMDRUM_APP: 'shop',
      HUMDRUM_ENVIRONMENT: 'production',
      HUMDRUM_RELEASE: 'v1',
      HUMDRUM_INSTANCE: instance.id,
    })
  })

  test('the way to the work folders is open to the users of apps, whatever the umask', () => {
    const umask = process.umask(0o077)
    try {
      open({ workDir: join(home, 'lib', 'work') })
    } finally {
      process.umask(umask)
    }
    for (const path of ['lib', 'lib/work']) expect(statSync(join(home, path)).mode & 0o777).toBe(0o711)
  })

  test('what a variable of the server holds is written nowhere', async () => {
    const target = open()
    await run(target, { env: { DB: '$' + '{env:SHOP_DB}' } })
    const files = readdirSync(stateDir(), { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
    expect(files.length).toBeGreaterThan(1)
    for (const file of files) expect(readFileSync(join(file.parentPath, file.name), 'utf8')).not.toContain('db://')
  })

  test('an unset variable is named, and nothing starts', async () => {
    const target = open()
    const result = await target.converge(scope, [wish({ env: { KEY: '$' + '{env:SHOP_KEY}' } })], fence(1))
    expect(result).toMatchObject({ ok: false, fault: { code: 'HD4103', reason: expect.stringContaining('SHOP_KEY') } })
    expect(await target.observe(scope)).toEqual([])
  })

  test('an instance that never answers well stays starting', async () => {
    const target = open()
    await target.converge(scope, [wish({ env: { MODE: 'sick' } })], fence(1))
    const [instance] = await until(target, ([first]) => first !== undefined && first.port > 0 && pidOf(first.id) > 0)
    if (instance === undefined) throw new Error('nothing runs')
    await expect.poll(() => ask(instance, '/').catch(() => ''), { timeout: 10_000 }).toBe('ok')
    await new Promise((resolve) => setTimeout(resolve, 300)) // fifteen probes: three good ones would do
    const answers = 'answers GET /healthz with 503'
    expect(await target.observe(scope)).toMatchObject([{ state: 'starting', restarts: 0, lastExit: answers }])
  })

  test('one that listens elsewhere, or gives no answer, says so until it is ready', async () => {
    const target = open()
    const deaf = `'${process.execPath}' -e "setInterval(() => {}, 1000)"`
    const mute = `'${process.execPath}' -e "require('net').createServer(() => {}).listen(process.env.PORT)"`
    const wishes = [
      wish({ version: 'v1', command: deaf }),
      wish({ version: 'v2', command: mute }),
      wish({ version: 'v3' }),
    ]
    await target.converge(scope, wishes, fence(1))
    const lastOf = (all: readonly Instance[], version: string) =>
      all.find(({ release }) => release === version)?.lastExit
    await until(
      target,
      (all) =>
        /^does not listen on the port in PORT \(\d+\)$/.test(lastOf(all, 'v1') ?? '') &&
        /^does not answer GET \/healthz within /.test(lastOf(all, 'v2') ?? '') &&
        all.some(({ release, state, lastExit }) => release === 'v3' && state === 'ready' && lastExit === null),
    )
  })

  test('the same order again changes nothing; another number adds, or takes away', async () => {
    const target = open()
    await run(target, { instances: 2 })
    const before = (await target.observe(scope)).map(({ id }) => id)
    await target.converge(scope, [wish({ instances: 2 })], fence(2))
    expect((await target.observe(scope)).map(({ id }) => id)).toEqual(before)
    await target.converge(scope, [wish({ instances: 3 })], fence(3))
    await until(target, allReady(3))
    await target.converge(scope, [wish({ instances: 1 })], fence(4))
    expect(before).toContain((await until(target, allReady(1)))[0]?.id)
    await target.stopAll()
  })

  test('an instance that is not wanted stops, and another starts in its place, once', async () => {
    const target = open()
    const { id } = await run(target, { instances: 2 })
    const others = (instances: readonly Instance[]) =>
      allReady(2)(instances) && instances.every((instance) => instance.id !== id)
    expect(await target.converge(scope, [{ ...wish({ instances: 2 }), without: id }], fence(2))).toEqual(ok(null))
    const before = await until(target, others)
    expect(await target.converge(scope, [{ ...wish({ instances: 2 }), without: id }], fence(3))).toEqual(ok(null))
    expect((await until(target, others)).map((one) => one.id).sort()).toEqual(before.map((one) => one.id).sort())
  })

  test('two releases run side by side; what is not wished for is stopped; a changed command is not the same', async () => {
    const target = open()
    await run(target)
    await target.converge(scope, [wish(), wish({ version: 'v2' })], fence(2))
    await until(target, allReady(2))
    await target.converge(scope, [wish({ version: 'v2', env: { MODE: 'other' } })], fence(3))
    await until(target, (instances) => allReady(1)(instances) && instances[0]?.release === 'v2')
    expect(records().map((record) => record.release.run.env)).toEqual([{ MODE: 'other' }])
  })

  test('an older order is ignored, by rollout first and then by generation', async () => {
    const target = open()
    await target.converge(scope, [wish()], fence(5, 2))
    for (const older of [fence(4, 2), fence(9, 1)]) {
      expect(await target.converge(scope, [], older)).toEqual(ok(null))
      expect(await until(target, allReady(1))).toHaveLength(1)
    }
    await target.converge(scope, [], fence(5, 2))
    await until(target, (instances) => instances.length === 0)
  })

  test('an artifact that cannot be placed is told as the reason, and tried again, which is no restart', async () => {
    let sound = false
    const place = async () => (sound ? ok(join(home, 'release')) : failed('HD3004', 'its bytes changed'))
    const target = open({ artifacts: { place } })
    expect(await target.place(scope.app, wish().release.artifact)).toMatchObject({ fault: { code: 'HD3004' } })
    await target.converge(scope, [wish()], fence(1))
    const [instance] = await until(target, ([first]) => first?.state === 'crashed')
    expect(instance?.lastExit).toBe('could not be started: the artifact is corrupt: its bytes changed')
    sound = true
    expect(await until(target, allReady(1))).toMatchObject([{ restarts: 0 }])
    expect(await target.place(scope.app, wish().release.artifact)).toEqual(ok(null))
  })

  test.skipIf(!asRoot)(
    'under root the app is a user of its own, who can read the release and write to its home alone',
    async () => {
      const target = open({ asRoot: true })
      const command = [
        'echo "user $(id -u) $(id -G)"',
        'cat server.js > /dev/null && echo "reads"',
        'touch x 2> /dev/null || echo "cannot write here"',
        'touch "$HOME/x" && echo "writes at home"',
        `ls '${stateDir()}' 2> /dev/null || echo "sees no state"`,
        'exec sleep 60',
      ].join('; ')
      await target.converge(scope, [wish({ command })], fence(1))
      await untilLogged(target, 'sees no state')
      const uid = Number(Object.values(JSON.parse(readFileSync(join(stateDir(), 'app-users.json'), 'utf8')))[0])
      expect(uid).toBeGreaterThanOrEqual(61_184)
      const expected = [`user ${uid} ${uid}`, 'reads', 'cannot write here', 'writes at home', 'sees no state']
      expect((await logged(target)).map(({ line }) => line)).toEqual(expected)
    },
  )
})

describe('crashing', () => {
  test('a crash is counted, told and followed by a restart', async () => {
    const target = open()
    const instance = await run(target)
    await ask(instance, '/crash').catch(() => {})
    const [again] = await until(target, (instances) => allReady(1)(instances) && (instances[0]?.restarts ?? 0) > 0)
    expect(again).toMatchObject({ id: instance.id, restarts: 1, lastExit: 'exited with code 3' })
    process.kill(pidOf(instance.id), 'SIGKILL')
    await until(target, ([first]) => first?.restarts === 2 && first.state === 'ready')
    expect(await target.observe(scope)).toMatchObject([{ lastExit: 'was killed by SIGKILL' }])
  })

  test('one crash is one restart, however often the start is refused after it', async () => {
    let refusals = 0
    const place = async () => {
      refusals -= 1
      return refusals < 0 ? ok(join(home, 'release')) : failed('HD3004', 'its bytes changed')
    }
    const target = open({ artifacts: { place } })
    const instance = await run(target)
    refusals = 3
    await ask(instance, '/crash').catch(() => {})
    await until(target, (instances) => refusals < 0 && allReady(1)(instances))
    expect(await target.observe(scope)).toMatchObject([{ id: instance.id, restarts: 1 }])
  })

  test('one that breaks again and again waits longer each time, and its last words are kept', async () => {
    const target = open({ pace: { probeMs: 20, backoffMs: 40, longestBackoffMs: 200, watchMs: 20, tailMs: 20 } })
    await target.converge(scope, [wish({ env: { MODE: 'broken' } })], fence(1))
    await until(target, ([first]) => (first?.restarts ?? 0) >= 4)
    const times = (await logged(target))
      .filter(({ line }) => line === 'broken at once')
      .map(({ time }) => Date.parse(time))
    // Waits are at least 40 + 80 + 160 ms before the fourth start.
    expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(250)
    expect((await logged(target)).find(({ stream }) => stream === 'stderr')).toMatchObject({
      line: 'broken at once',
      release: 'v1',
    })
    await target.converge(scope, [], fence(2))
    await until(target, (instances) => instances.length === 0)
  })

  test.skipIf(!onLinux)('what a crashed instance left is taken away before it starts anew', async () => {
    const target = open()
    const instance = await run(target, { env: { MODE: 'family' } })
    expect(strays()).toHaveLength(2)
    const before = strays()
    process.kill(pidOf(instance.id), 'SIGKILL')
    await until(target, ([first]) => first?.restarts === 1 && first.state === 'ready')
    expect(strays()).toHaveLength(2)
    expect(strays().filter((pid) => before.includes(pid))).toEqual([])
  })
})

describe('stopping', () => {
  test('SIGTERM comes first and is enough; its last lines are kept and nothing else stays', async () => {
    const target = open()
    await run(target)
    await target.converge(scope, [], fence(2))
    expect(await target.observe(scope)).toMatchObject([{ state: 'stopping' }])
    await until(target, (instances) => instances.length === 0)
    expect((await logged(target)).map(({ line }) => line.replace(/\d+$/, ''))).toEqual(['begins ', 'term ', 'bye'])
    expect(readdirSync(join(stateDir(), 'raw'))).toEqual([])
    expect(readdirSync(join(stateDir(), 'instances'))).toEqual([])
  })

  test('one that ignores SIGTERM is killed at the deadline, and not before', async () => {
    const target = open()
    const { id } = await run(target, { env: { MODE: 'stubborn' }, stopMs: 700 })
    const pid = pidOf(id)
    const began = Date.now()
    await target.converge(scope, [], fence(2))
    expect(Date.now() - began).toBeLessThan(500)
    await untilLogged(target, 'term 1')
    expect(await target.observe(scope)).toMatchObject([{ state: 'stopping' }])
    await until(target, (instances) => instances.length === 0)
    expect(Date.now() - began).toBeGreaterThanOrEqual(690)
    expect(identityOf(pid)).toBeNull()
  })

  test('a program that a shell runs gets the signal too, and the time to finish', async () => {
    const target = open()
    await run(target, { command: `true && '${process.execPath}' server.js && true` })
    await target.converge(scope, [], fence(2))
    await until(target, (instances) => instances.length === 0)
    expect((await logged(target)).map(({ line }) => line)).toContain('bye')
  })

  test('stopAll leaves nothing, also of what left its group, and nothing starts afterwards', async () => {
    const target = open()
    await run(target, { instances: 2, env: { MODE: 'family' }, stopMs: 600 })
    await target.stopAll()
    expect(strays()).toEqual([])
    expect(readdirSync(join(stateDir(), 'instances'))).toEqual([])
    expect(await target.converge(scope, [wish()], fence(2))).toMatchObject({ fault: { code: 'HD5002' } })
  })

  test.skipIf(!onLinux)('stopAll takes the second look, too', async () => {
    leave(recordOf({ id: 'i-intended', phase: 'launching', ready: false }))
    const target = open()
    const late = helper({ HUMDRUM_INSTANCE: 'i-intended' })
    await target.stopAll()
    await expect.poll(() => identityOf(late.pid ?? 0), { timeout: 5_000 }).toBeNull()
    expect(readdirSync(join(stateDir(), 'instances'))).toEqual([])
  })

  test('one that is stopped before it started never starts', async () => {
    const gate = Promise.withResolvers<void>()
    const target = open({ artifacts: { place: () => gate.promise.then(() => ok(join(home, 'release'))) } })
    await target.converge(scope, [wish()], fence(1))
    await target.converge(scope, [], fence(2))
    gate.resolve()
    await until(target, (instances) => instances.length === 0)
    expect(await logged(target)).toEqual([])
  })
})

const recordOf = (change: Partial<InstanceRecord>): InstanceRecord => ({
  format: 1,
  id: 'i-1',
  ...scope,
  release: wish().release,
  phase: 'running',
  port: 1,
  process: null,
  ready: true,
  restarts: 0,
  lastExit: null,
  stopBy: null,
  signalled: false,
  ...change,
})

const leave = (record: InstanceRecord): void => {
  mkdirSync(join(stateDir(), 'instances'), { recursive: true })
  writeAtomically(join(stateDir(), 'instances', `${record.id}.json`), record)
}

const helper = (env: Record<string, string>, code = 'setInterval(() => {}, 1000)'): ChildProcess => {
  const child = spawn(process.execPath, ['-e', code], {
    detached: true,
    stdio: 'ignore',
    env: { HOME: `${home}/`, ...env },
  })
  helpers.push(child)
  return child
}

describe('a new server', () => {
  test('adopts what lives, as it is, and can stop it', async () => {
    const first = open()
    const instance = await run(first)
    const pid = pidOf(instance.id)
    first.close()
    const second = open()
    expect(await second.observe(scope)).toEqual([instance])
    await second.converge(scope, [wish()], fence(1))
    expect(await second.observe(scope)).toEqual([instance])
    expect(pidOf(instance.id)).toBe(pid)
    await second.stopAll()
    expect(identityOf(pid)).toBeNull()
    expect((await logged(second)).map(({ line }) => line)).toContain('bye')
  })

  test('sees when an adopted instance ends, and starts it anew', async () => {
    const first = open()
    const { id } = await run(first)
    first.close()
    const second = open()
    process.kill(pidOf(id), 'SIGKILL')
    const [again] = await until(second, ([seen]) => seen?.restarts === 1 && seen.state === 'ready')
    expect(again?.lastExit).toMatch(/^ended, how is not known/)
  })

  test('starts anew what ended while it was away, which is no restart', async () => {
    const first = open()
    const { id } = await run(first)
    first.close()
    const pid = pidOf(id)
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => identityOf(pid), { timeout: 10_000 }).toBeNull()
    const second = open()
    const [again] = await until(second, allReady(1))
    expect(again).toMatchObject({ id, restarts: 0, lastExit: 'ended while the server was away' })
  })

  test('never takes a process for its own that only has the number', async () => {
    const stranger = helper({})
    leave(recordOf({ process: { pid: stranger.pid ?? 0, started: 'at another time' } }))
    const target = open()
    const [instance] = await until(target, allReady(1))
    expect(instance).toMatchObject({ id: 'i-1', restarts: 0, lastExit: 'ended while the server was away' })
    await target.stopAll()
    expect(identityOf(stranger.pid ?? 0)).not.toBeNull()
  })

  test.skipIf(!onLinux)(
    'finds by its mark what was started but not written down; what was only intended is discarded, even if it came late',
    async () => {
      const unwritten = helper({ HUMDRUM_INSTANCE: 'i-started' })
      leave(recordOf({ id: 'i-started', phase: 'launching', port: 4_711, ready: false }))
      leave(recordOf({ id: 'i-intended', phase: 'launching', ready: false }))
      const target = open()
      expect(await target.observe(scope)).toMatchObject([
        { id: 'i-started', state: 'starting', port: 4_711, restarts: 0 },
      ])
      const late = helper({ HUMDRUM_INSTANCE: 'i-intended' })
      await once(late, 'exit')
      await expect.poll(() => readdirSync(join(stateDir(), 'instances'))).toEqual(['i-started.json'])
      const ended = once(unwritten, 'exit')
      await target.converge(scope, [], fence(1))
      await until(target, (instances) => instances.length === 0)
      await ended
    },
  )

  test.skipIf(!onLinux)('ends what belongs to a record that cannot be read', async () => {
    const unknown = helper({ HUMDRUM_INSTANCE: 'i-torn' })
    const ended = once(unknown, 'exit')
    mkdirSync(join(stateDir(), 'instances'), { recursive: true })
    appendFileSync(join(stateDir(), 'instances', 'i-torn.json'), '{"format":1,"id":"i-to')
    open()
    await ended
    expect(readdirSync(join(stateDir(), 'instances'))).toEqual([])
  })

  test('goes on with a stop: the deadline stands, and SIGTERM is not sent twice', async () => {
    const first = open()
    const { id } = await run(first, { env: { MODE: 'stubborn' }, stopMs: 1_200 })
    const pid = pidOf(id)
    const began = Date.now()
    await first.converge(scope, [], fence(2))
    await untilLogged(first, 'term 1')
    first.close()
    const second = open()
    expect(await second.observe(scope)).toMatchObject([{ id, state: 'stopping' }])
    expect(identityOf(pid)).not.toBeNull()
    await until(second, (instances) => instances.length === 0)
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_190)
    expect(identityOf(pid)).toBeNull()
    expect((await logged(second)).map(({ line }) => line)).not.toContain('term 2')
    expect(existsSync(join(stateDir(), 'instances', `${id}.json`))).toBe(false)
  })

  test.skipIf(!onLinux).each([0, 5, 10, 20, 40, 80, 160])(
    'loses nothing and knows everything after kill -9, %d ms after the order',
    async (afterMs) => {
      const url = JSON.stringify(new URL('process-target.ts', import.meta.url).href)
      const place = JSON.stringify({ ok: true, value: join(home, 'release') })
      const code = `import(${url}).then(async ({ createProcessTarget }) => {
      const target = createProcessTarget({ stateDir: ${JSON.stringify(stateDir())}, workDir: ${JSON.stringify(join(home, 'work'))},
        artifacts: { place: async () => (${place}) }, environment: () => ({}), asRoot: false })
      await target.converge(${JSON.stringify(scope)}, [${JSON.stringify(wish({ instances: 4 }))}], ${JSON.stringify(fence(1))})
      process.send('ordered')
    })`
      const killed = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      helpers.push(killed)
      await once(killed, 'message')
      await new Promise((resolve) => setTimeout(resolve, afterMs))
      const ended = once(killed, 'exit')
      killed.kill('SIGKILL')
      await ended
      const before = strays()
      const target = open()
      const known = records().flatMap((record) => record.process?.pid ?? [])
      expect(before.filter((pid) => identityOf(pid) !== null && !known.includes(pid))).toEqual([])
      await target.converge(scope, [wish({ instances: 4 })], fence(1))
      await until(target, allReady(4))
      expect(strays()).toHaveLength(4)
      await target.stopAll()
      expect(strays()).toEqual([])
    },
  )
})

describe('after a reboot', () => {
  /** All that a reboot leaves: files. */
  const reboot = async (target: ProcessTarget): Promise<void> => {
    target.close()
    const all = strays()
    for (const pid of all) process.kill(pid, 'SIGKILL')
    // A process that is ending has lost its environment, and is no stray, before it lets go of its port and is dead.
    await expect.poll(() => all.filter((pid) => identityOf(pid) !== null), { timeout: 10_000 }).toEqual([])
  }

  const portsOf = (instances: readonly Instance[]) => new Map(instances.map(({ id, port }) => [id, port]))

  test.skipIf(!onLinux)('what was ready is ready again at the ports that it had, and nobody ordered it', async () => {
    const first = open()
    await run(first, { instances: 3 })
    const before = portsOf(await first.observe(scope))
    await reboot(first)
    const second = open()
    expect(await second.untilRestored(15_000)).toEqual({ ready: 3, of: 3 })
    const after = await second.observe(scope)
    expect(portsOf(after)).toEqual(before)
    expect(after.every(({ restarts }) => restarts === 0)).toBe(true)
  })

  test.skipIf(!onLinux)('who has the port now keeps it: the instance takes another', async () => {
    const first = open()
    const { port } = await run(first)
    await reboot(first)
    const other = createServer().listen(port, '127.0.0.1')
    try {
      await once(other, 'listening')
      const second = open()
      expect(await second.untilRestored(15_000)).toEqual({ ready: 1, of: 1 })
      expect((await second.observe(scope))[0]?.port).not.toBe(port)
    } finally {
      other.close()
    }
  })

  test.skipIf(!onLinux)('one that was being stopped does not come back', async () => {
    const first = open()
    await run(first, { env: { MODE: 'stubborn' } })
    await first.converge(scope, [], fence(2))
    await untilLogged(first, 'term 1')
    await reboot(first)
    const second = open()
    expect(await second.untilRestored(15_000)).toEqual({ ready: 0, of: 0 })
    await until(second, (instances) => instances.length === 0)
    expect(strays()).toEqual([])
  })

  test.skipIf(!onLinux)('one that was never ready comes back, and is not waited for', async () => {
    const first = open()
    await run(first)
    await first.converge(scope, [wish(), wish({ version: 'v2', env: { MODE: 'sick' } })], fence(2))
    await until(first, (instances) => instances.some(({ release, id }) => release === 'v2' && pidOf(id) > 0))
    await reboot(first)
    const second = open()
    expect(await second.untilRestored(15_000)).toEqual({ ready: 1, of: 1 })
    await until(second, (instances) => instances.some(({ release, id }) => release === 'v2' && pidOf(id) > 0))
  })

  test.skipIf(!onLinux)('one that does not get ready again is waited for until the time is over', async () => {
    const first = open()
    await run(first)
    await reboot(first)
    const second = open({ artifacts: { place: async () => failed('HD3004', 'its bytes changed') } })
    expect(await second.untilRestored(300)).toEqual({ ready: 0, of: 1 })
    expect(strays()).toEqual([])
  })
})

test.skipIf(!inject('canMount'))(
  'on a full disk nothing starts and that is said; what runs goes on, and can be stopped',
  async () => {
    mkdirSync(stateDir())
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', stateDir()])
    try {
      const target = open()
      const instance = await run(target)
      expect(() => writeFileSync(join(stateDir(), 'ballast'), Buffer.alloc(1_000_000))).toThrow(/ENOSPC/)
      expect(await target.converge(scope, [wish({ instances: 2 })], fence(2))).toMatchObject({
        fault: { code: 'HD1107' },
      })
      expect(await target.observe(scope)).toEqual([instance])
      await target.converge(scope, [], fence(3))
      await until(target, (instances) => instances.length === 0)
      expect(strays()).toEqual([])
      target.close()
    } finally {
      execFileSync('umount', ['-l', stateDir()])
    }
  },
)

describe('logs', () => {
  test('what an app writes can be read and followed, with its release and stream, and is rotated', async () => {
    const target = open({ logs: { fileBytes: 20_000, keptFiles: 2 } })
    const ended = new AbortController()
    const command =
      'for i in 1 2 3; do echo "line $i"; done; echo oops >&2; i=0; while [ $i -lt 900 ]; do i=$((i+1)); echo "more $i"; done; printf open; exec sleep 60'
    const stream = target.followLogs({ app: scope.app, release: 'v1' as Version, tail: 10 }, ended.signal)
    const first = stream[Symbol.asyncIterator]().next()
    await target.converge(scope, [wish({ command, stopMs: 300 })], fence(1))
    expect((await first).value).toMatchObject({ line: 'line 1', release: 'v1', stream: 'stdout' })
    ended.abort()
    await untilLogged(target, 'more 900')
    const files = ['production.jsonl', 'production.jsonl.1', 'production.jsonl.2']
    expect(readdirSync(join(stateDir(), 'logs', 'shop')).sort()).toEqual(files)
    expect((await logged(target)).map(({ line }) => line)).not.toContain('open')
    await target.stopAll()
    expect((await logged(target)).at(-1)?.line).toBe('open')
  })

  test('output whose instance nobody knows any more is removed at the next start, and no other', async () => {
    const first = open()
    const { id } = await run(first)
    first.close()
    for (const name of ['i-gone.out', 'i-gone.err', 'i-gone.tail.json'])
      writeFileSync(join(stateDir(), 'raw', name), 'x')
    open()
    const left = readdirSync(join(stateDir(), 'raw')).filter((name) => !name.endsWith('.draft'))
    expect(new Set(left.map((name) => name.split('.')[0]))).toEqual(new Set([id]))
  })

  test('what was written while no server ran is read by the next one, once', async () => {
    const first = open()
    const instance = await run(first)
    await untilLogged(first, `begins ${pidOf(instance.id)}`)
    first.close()
    appendFileSync(join(stateDir(), 'raw', `${instance.id}.out`), 'alone\n')
    const second = open()
    await untilLogged(second, 'alone')
    const lines = (await logged(second)).map(({ line }) => line)
    expect(lines).toEqual([`begins ${pidOf(instance.id)}`, 'alone'])
  })
})

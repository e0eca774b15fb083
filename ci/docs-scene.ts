// A place in which the commands of the docs can be typed: an app of five lines, a home of its own, `humdrum` in the PATH; and
// the states that a command may need to find. Knows the command line alone.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from './commands.ts'
import { run, userEnvironment } from './commands.ts'
import { belongsTo, runningProcesses } from './processes.ts'

const checkout = join(import.meta.dirname, '..')

export type Scene = {
  readonly root: string
  /** Where the app lies that the docs speak of. */
  readonly app: string
  readonly env: NodeJS.ProcessEnv
  /** Where the next line is typed: `cd` changes it. */
  cwd: string
  /** Counts up, so that each release has bytes of its own. */
  releases: number
}

const server = `import { createServer } from 'node:http'
createServer((request, response) => {
  console.log(request.method, request.url)
  response.end(request.url === '/healthz' ? 'well' : 'a shop')
}).listen(process.env.PORT)
`

const quick = 'rollout: { strategy: allAtOnce, bake: { for: 0s } }'
const slow = 'rollout: { steps: [{ setWeight: 1% }] }'
const config = (rollout: string): string =>
  `version: 1\napp: shop\nrun: { command: node server.mjs }\nenvironments:\n  production: { ${rollout} }\n`

const observed = `version: 1
app: cart
environments:
  production:
    metrics: { url: "http://127.0.0.1:9" }
    rollout:
      strategy: observe
      analysis: { metrics: [{ metric: custom, name: failures, worse: higher, hits: 'f{v="{{release}}"}', total: 't{v="{{release}}"}' }] }
`

/** Three minutes of two releases that are well: what came in each ten seconds, and what had come until then. */
const rows = Array.from({ length: 20 }, (_, row) => row)
const counts = `time,n1,x1,n0,x0\n${rows.map((row) => `${1_000 + 10 * row},200,0,1800,0\n`).join('')}`
const counters = rows
  .map((row) => JSON.stringify({ time: 1_000 + 10 * row, n1: 200 * row, x1: 0, n0: 1_800 * row, x0: 0 }))
  .join('\n')

export const makeScene = (): Scene => {
  const root = mkdtempSync(join(tmpdir(), 'humdrum-docs-'))
  chmodSync(root, 0o755) // an app that runs as another user must find its release below
  const [app, bin, home] = [join(root, 'shop'), join(root, 'bin'), join(root, 'home')]
  for (const folder of [app, bin, join(app, 'services/shop')]) mkdirSync(folder, { recursive: true })
  for (const folder of [app, join(app, 'services/shop')]) writeFileSync(join(folder, 'server.mjs'), server)
  writeFileSync(join(app, 'humdrum.yaml'), config(quick))
  writeFileSync(join(root, 'observed.yaml'), observed)
  writeFileSync(join(app, 'counts.csv'), counts)
  writeFileSync(join(app, 'counters.json'), counters)
  const program = join(checkout, 'cli/bin/humdrum.js')
  writeFileSync(join(bin, 'humdrum'), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 })
  const plain = userEnvironment()
  const path = `${bin}:${plain['PATH']}`
  const env = { ...plain, PATH: path, HUMDRUM_HOME: home, NODE_COMPILE_CACHE: join(root, 'compiled') }
  return { root, app, env, cwd: app, releases: 0 }
}

export const humdrum = (scene: Scene, ...args: readonly string[]): Promise<Answer> =>
  run('humdrum', args, { cwd: scene.cwd, env: scene.env, timeoutMs: 30_000 })

const must = async (scene: Scene, ...args: readonly string[]): Promise<string> => {
  const { code, output, errors } = await humdrum(scene, ...args)
  if (code === 0) return output
  throw new Error(`to prepare: humdrum ${args.join(' ')} ended with ${code}\n${output}${errors}`)
}

/** `o-4`: one that is under way. */
export const observe = async (scene: Scene): Promise<string> => {
  const file = join(scene.root, 'observed.yaml')
  const said = await must(scene, 'observe', '--file', file, '--candidate', 'v2', '--stable', 'v1', '--json')
  return (JSON.parse(said) as { observation: { id: string } }).observation.id
}

type Rollout = { readonly id: string; readonly app: string; readonly release: string; readonly artifact: string } & {
  readonly kind: string
  readonly phase: string
  readonly from: string | null
  readonly endedAt: number | null
  readonly releases: readonly { readonly role: string; readonly ready: number }[]
}

export type Status = {
  readonly server: { readonly url: string }
  readonly edge: { readonly url: string }
  readonly environments: readonly { readonly app: string; readonly stable: string | null; readonly rollout: Rollout }[]
}

/** Null where no server answers. Asked over HTTP: to start a program for it each time would take longer than all the rest. */
export const statusOf = async ({ root }: Scene): Promise<Status | null> => {
  try {
    const file = JSON.parse(readFileSync(join(root, 'home/cli.json'), 'utf8')) as { url: string; token: string }
    const response = await fetch(`${file.url}/v1/status`, { headers: { authorization: `Bearer ${file.token}` } })
    return (await response.json()) as Status
  } catch {
    return null // none was started, or it has ended
  }
}

/** What a command needs to find. `a release`: two were deployed, the second serves, nothing is under way. */
export type State =
  | 'nothing'
  | 'no server'
  | 'a release'
  | 'a rollout'
  | 'a paused rollout'
  | 'an aborted rollout'
  | 'a rejection'

/** Of the app of the folder in which the next line is typed. */
export const newestIn = (scene: Scene, status: Status | null): Rollout | null => {
  const file = join(scene.cwd, 'humdrum.yaml')
  const app = existsSync(file) ? /^app: *(\S+)/m.exec(readFileSync(file, 'utf8'))?.[1] : undefined
  return status?.environments.find((one) => one.app === app)?.rollout ?? null
}

const newestOf = async (scene: Scene): Promise<Rollout | null> => newestIn(scene, await statusOf(scene))

/** The bytes that a person left for an older release, where a rejection is needed. */
export const prepare = async (scene: Scene, state: State): Promise<string | null> => {
  if (state === 'nothing') return null
  if (state === 'no server') {
    await must(scene, 'down')
    return null
  }
  if (!existsSync(join(scene.cwd, 'humdrum.yaml'))) writeFileSync(join(scene.cwd, 'humdrum.yaml'), config(quick))
  if ((await statusOf(scene)) === null) await must(scene, 'up', '--detach', '--port', '0', '--edge-port', '0')
  await settle(scene)
  if (state === 'a rejection') {
    const left = await newestOf(scene)
    await must(scene, 'rollback', '--wait')
    return left?.artifact ?? null
  }
  if (state !== 'a release') await keepUnderWay(scene)
  if (state === 'a paused rollout') await must(scene, 'pause')
  if (state === 'an aborted rollout') await must(scene, 'abort')
  return null
}

/** After `up` the instances of before are started again. */
const serves = (rollout: Rollout | null): boolean =>
  rollout?.releases.some(({ role, ready }) => role === 'stable' && ready > 0) === true

/** Ends what is under way, and deploys until there is something to go back to. */
const settle = async (scene: Scene): Promise<void> => {
  const newest = await newestOf(scene)
  if (newest?.kind === 'deploy' && newest.endedAt === null) await must(scene, 'abort')
  await until(async () => (await newestOf(scene))?.endedAt !== null, 'what was under way did not end')
  for (const _ of ['what serves', 'what it replaces']) {
    const last = await newestOf(scene)
    if (last?.kind === 'deploy' && last.phase === 'Succeeded' && last.from !== null)
      return until(async () => serves(await newestOf(scene)), 'what was stable did not come back')
    await must(scene, 'deploy', '--wait', '--file', variant(scene, quick))
  }
}

const keepUnderWay = async (scene: Scene): Promise<void> => {
  await must(scene, 'deploy', '--file', variant(scene, slow))
  await until(async () => (await newestOf(scene))?.phase === 'Progressing', 'a rollout did not get to its first step')
}

const until = async (holds: () => Promise<boolean>, otherwise: string): Promise<void> => {
  const deadline = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`to prepare: ${otherwise}`)
    await wait(100)
  }
}

/** The humdrum.yaml of the folder with other steps; it lies beside it, so that each one makes another artifact. */
export const variant = (scene: Scene, rollout: string = quick): string => {
  scene.releases += 1
  const text = readFileSync(join(scene.cwd, 'humdrum.yaml'), 'utf8')
  const own = text.replace(/^environments:[\s\S]*$/m, `environments: { production: { ${rollout} } }`)
  writeFileSync(join(scene.cwd, 'prepared.yaml'), `# release ${scene.releases}\n${own}\n`)
  return 'prepared.yaml'
}

/** Whoever deploys has changed something. */
export const changeApp = (scene: Scene): void => {
  scene.releases += 1
  writeFileSync(join(scene.cwd, 'changed.txt'), String(scene.releases))
}

/** Ends whatever was started from here. */
export const clearScene = (scene: Scene): void => {
  for (const left of runningProcesses().filter((one) => one.pid !== process.pid && belongsTo(one, scene.root))) {
    try {
      process.kill(left.pid, 'SIGKILL')
    } catch {
      // it ended by itself
    }
  }
  rmSync(scene.root, { recursive: true, force: true })
}

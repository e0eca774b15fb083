// The published package as a stranger gets it: packed, installed in an empty folder, and used from there on an app of
// their own, by the machine's own Node. Knows the command line and the address of the edge, nothing of what is inside.
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from './commands.ts'
import { assert, run, userEnvironment } from './commands.ts'
import { checkout, installPacked } from './install-packed.ts'
import { belongsTo, runningProcesses } from './processes.ts'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

type Place = {
  readonly root: string
  /** Where the package is installed. */
  readonly user: string
  /** Where the app lies. */
  readonly app: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
}

const makePlace = (): Place => {
  const root = mkdtempSync(join(tmpdir(), 'humdrum-packed-'))
  chmodSync(root, 0o755) // an app that runs as another user must find its release below
  const [user, home] = [join(root, 'user'), join(root, 'home')]
  const app = join(user, 'greeter')
  mkdirSync(app, { recursive: true })
  return { root, user, app, home, env: userEnvironment({ HUMDRUM_HOME: home }) }
}

const humdrum = (place: Place, ...args: readonly string[]): Promise<Answer> =>
  run('npx', ['humdrum', ...args], { cwd: place.app, env: place.env, timeoutMs: 90_000 })

const succeed = async (place: Place, ...args: readonly string[]): Promise<string> => {
  const answer = await humdrum(place, ...args)
  assert(answer.code === 0, `humdrum ${args.join(' ')} failed`, answer)
  return answer.output
}

const install = async (place: Place): Promise<void> => {
  await installPacked({ work: place.root, into: place.user, env: place.env })
  const besides = readdirSync(join(place.user, 'node_modules')).filter(
    (name) => !/^(\.|humdrum$|node-linux-)/.test(name),
  )
  assert(besides.length === 0, `the package brings others along: ${besides.join(', ')}`)
}

const askForWords = async (place: Place): Promise<void> => {
  const manifest: { version: string } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  const version = await succeed(place, '--version')
  assert(version.includes(manifest.version), `--version says ${version}`)
  const schema: { $schema?: string } = JSON.parse(await succeed(place, 'schema'))
  assert(schema.$schema?.includes('draft-07') === true, `the schema is not of draft 07: ${schema.$schema}`)
}

const validate = async (place: Place): Promise<void> => {
  const example = join(place.user, 'example')
  cpSync(join(checkout, 'examples/shop'), example, { recursive: true })
  const there = { ...place, app: example }
  await succeed(there, 'validate')
  const file = join(example, 'humdrum.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('environments:', 'enviroments:'))
  const refused = await humdrum(there, 'validate')
  assert(refused.code === 2, 'a wrong key is not refused with 2', refused)
  const words = refused.output + refused.errors
  assert(
    /humdrum\.yaml:\d+:\d+/.test(words) && words.includes('environments'),
    'the wrong key is not explained',
    refused,
  )
}

const appFile = `version: 1
app: greeter
run:
  command: node greet.mjs
  health: { path: /healthz, timeout: 10s }
  stop: { timeout: 5s }
environments:
  production:
    target: { kind: process, instances: 2 }
    router: { kind: edge }
    rollout: { strategy: allAtOnce, bake: { for: 0s } }
`

const appCode = (greeting: string): string => `import { createServer } from 'node:http'
createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ greeting: '${greeting}', pid: process.pid }))
}).listen(Number(process.env.PORT))
`

const writeApp = (place: Place, greeting: string): void => {
  writeFileSync(join(place.app, 'humdrum.yaml'), appFile)
  writeFileSync(join(place.app, 'greet.mjs'), appCode(greeting))
}

type Status = {
  readonly server: { readonly url: string; readonly pid: number }
  readonly edge: { readonly url: string; readonly reachable: boolean; readonly pid: number | null }
}

const status = async (place: Place): Promise<Status> => JSON.parse(await succeed(place, 'status', '--json')) as Status

const memoryMb = (pid: number | null): string => {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return `${Math.round(Number(kilobytes) / 1024)} MB`
}

const start = async (place: Place): Promise<string> => {
  const begun = performance.now()
  await succeed(place, 'up', '--detach', '--home', place.home, '--port', '0', '--edge-port', '0')
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  const { server, edge } = await status(place)
  assert(edge.reachable, 'the edge is not reachable after up')
  say(`up after ${seconds} s, npx included; server ${memoryMb(server.pid)}, edge ${memoryMb(edge.pid)}`)
  return edge.url
}

type Greeting = { readonly greeting: string; readonly pid: number }

const greet = async (url: string): Promise<Greeting> => {
  const response = await fetch(url, { headers: { connection: 'close' } })
  assert(response.status === 200, `the app answers ${response.status} through the edge`)
  return (await response.json()) as Greeting
}

const deploy = async (place: Place, url: string, greeting: string): Promise<readonly number[]> => {
  writeApp(place, greeting)
  await succeed(place, 'deploy', '--wait=bake')
  const answers = await Promise.all(Array.from({ length: 20 }, () => greet(url)))
  assert(
    answers.every((answer) => answer.greeting === greeting),
    `after the deploy of '${greeting}' the app says ${answers.map((answer) => answer.greeting).join(', ')}`,
  )
  return answers.map(({ pid }) => pid)
}

/** What still runs of all that was started from here, looked at until nothing does or ten seconds are over. */
const leftovers = async (place: Place): Promise<readonly string[]> => {
  const deadline = Date.now() + 10_000
  for (;;) {
    const left = runningProcesses().filter(
      (process_) => process_.pid !== process.pid && belongsTo(process_, place.root),
    )
    if (left.length === 0 || Date.now() > deadline) return left.map(({ pid, command }) => `${pid}  ${command}`)
    await wait(100)
  }
}

const clear = (place: Place): void => {
  for (const left of runningProcesses().filter((process_) => belongsTo(process_, place.root))) {
    if (left.pid === process.pid) continue
    try {
      process.kill(left.pid, 'SIGKILL')
    } catch {
      // it ended by itself
    }
  }
  rmSync(place.root, { recursive: true, force: true })
}

const use = async (place: Place): Promise<void> => {
  const url = await start(place)
  const first = await deploy(place, url, 'hello')
  const second = await deploy(place, url, 'good day')
  assert(!second.some((pid) => first.includes(pid)), 'an instance of the earlier release answers for the later one')
  await succeed(place, 'down')
  const left = await leftovers(place)
  assert(left.length === 0, `after down there still runs\n  ${left.join('\n  ')}`)
}

const main = async (): Promise<void> => {
  const place = makePlace()
  const steps: Readonly<Record<string, (place: Place) => Promise<void>>> = {
    'packs, and installs in an empty folder': install,
    'tells its version and the schema': askForWords,
    'validates a good file and refuses a bad one': validate,
    'runs an app from up to down, and leaves no process': use,
  }
  try {
    for (const [promise, step] of Object.entries(steps)) {
      await step(place)
      say(`✓ ${promise}`)
    }
  } finally {
    clear(place)
  }
}

if (import.meta.main) await main()

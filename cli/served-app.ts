// A server with an app that has two releases, for tests that need something to look at and to give orders to. Each command
// is a process of its own.
import { join } from 'node:path'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Client } from '@humdrum/contract/client.ts'
import { connect } from './connect.ts'
import type { Answer, Call, Running, TestPlace } from './test-place.ts'
import { testPlace, until } from './test-place.ts'

export type ServedApp = AsyncDisposable & {
  readonly place: TestPlace
  /** In the folder of the app. */
  readonly run: (line: string, call?: Call) => Promise<Answer>
  readonly start: (line: string, call?: Call) => Running
  readonly client: () => Client
  /** v1 and v2 were deployed, v2 serves; what was under way is ended. */
  readonly settle: () => Promise<void>
  /** A rollout of a new release that stays in its first step. */
  readonly keepUnderWay: () => Promise<void>
}

const config = (rollout: string): string => `version: 1
app: shop
run: { command: node shop.mjs, health: { path: / }, stop: { timeout: 1s } }
environments: { production: { rollout: { ${rollout} } } }
`
const quick = config('strategy: allAtOnce, bake: { for: 0s }')
const slow = config('steps: [{ setWeight: 1% }]')

/** It says a line for every request. */
const code = (release: number): string => `import { createServer } from 'node:http'
createServer((request, response) => {
  console.log('release ${release} answers')
  response.end('ok')
}).listen(Number(process.env.PORT))
`

/** What another tool may have counted: three minutes of two releases that are well. */
const counts = `time,n1,x1,n0,x0\n${Array.from({ length: 20 }, (_, row) => `${1_000 + 10 * row},200,0,1800,0\n`).join('')}`

const observed = `version: 1
app: cart
environments:
  production:
    metrics: { url: "http://127.0.0.1:9" }
    rollout:
      strategy: observe
      analysis: { metrics: [{ metric: custom, name: failures, worse: higher, hits: 'f{v="{{release}}"}', total: 't{v="{{release}}"}' }] }
`

export const serveApp = async (): Promise<ServedApp> => {
  const place = testPlace()
  const cwd = join(place.folder.path, 'app')
  const run: ServedApp['run'] = (line, call) => place.run(line, { cwd, ...call })
  const client: ServedApp['client'] = () => connect({ home: place.home, variables: {} })
  const newest = async (): Promise<RolloutView | undefined> => (await client().status()).environments[0]?.rollout
  const must = async (line: string): Promise<void> => {
    const { code: exit, err } = await run(line)
    if (exit !== 0) throw new Error(`humdrum ${line} ended with ${exit}: ${err}`)
  }
  let release = 0
  const deploy = async (rollout: string, line: string): Promise<void> => {
    release += 1
    place.folder.write({ 'app/humdrum.yaml': rollout, 'app/shop.mjs': code(release) })
    await must(line)
  }
  const isOver = async (): Promise<boolean> => (await newest())?.endedAt !== null
  place.folder.write({
    'app/humdrum.yaml': quick,
    'app/shop.mjs': code(0),
    'counts.csv': counts,
    'observed.yaml': observed,
  })
  await must('up --detach --port 0 --edge-port 0')
  await deploy(quick, 'deploy --wait')
  await deploy(quick, 'deploy --wait')
  return {
    ...{ place, run, client },
    start: (line, call) => place.start(line.split(' '), { cwd, ...call }),
    settle: async () => {
      if (!(await isOver())) await must('abort')
      await until(isOver)
    },
    keepUnderWay: async () => {
      if (!(await isOver())) return
      await deploy(slow, 'deploy')
      await until(async () => (await newest())?.phase === 'Progressing')
    },
    [Symbol.asyncDispose]: async () => {
      await run('down')
      await place[Symbol.asyncDispose]()
    },
  }
}

// A real Prometheus for tests, in a folder of its own and on any free port: with a history that is filled in at once, and
// with targets that it scrapes four times a second.
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type PrometheusPlan = {
  readonly folder: string
  /** 0 = any free one. */
  readonly port?: number
  /** OpenMetrics text of what was before, with a time at each sample. */
  readonly history?: string
  /** Targets by job, `host:port/path`. */
  readonly targets?: Readonly<Record<string, string>>
}

export type StartedPrometheus = AsyncDisposable & {
  readonly url: string
  readonly port: number
  /** Ends it by SIGKILL, as a crash would. */
  kill(): Promise<void>
}

export const startPrometheus = async (plan: PrometheusPlan): Promise<StartedPrometheus> => {
  const data = join(plan.folder, 'data')
  mkdirSync(data, { recursive: true })
  if (plan.history !== undefined) fillIn(plan.folder, plan.history)
  const config = join(plan.folder, 'prometheus.yml')
  writeFileSync(config, configOf(plan.targets ?? {}))
  const child = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${plan.port ?? 0}`,
      '--enable-feature=native-histograms',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  const port = await portOf(child)
  return { url: `http://127.0.0.1:${port}`, port, kill, [Symbol.asyncDispose]: kill }
}

const fillIn = (folder: string, history: string): void => {
  const file = join(folder, 'history.om')
  writeFileSync(file, history)
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', file, join(folder, 'data')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

const configOf = (
  targets: Readonly<Record<string, string>>,
): string => `global: { scrape_interval: 250ms, scrape_timeout: 250ms }
scrape_configs:
${Object.entries(targets)
  .map(([job, address]) => {
    const [host, path = 'metrics'] = address.split('/')
    return `  - { job_name: ${job}, metrics_path: /${path}, static_configs: [{ targets: ['${host}'] }] }\n`
  })
  .join('')}`

/** Said once it is ready: before that it answers 503. */
const portOf = async (child: ChildProcess): Promise<number> => {
  if (child.stderr === null) throw new Error('what Prometheus says cannot be read')
  const lines = createInterface({ input: child.stderr })
  const said: string[] = []
  let port: number | null = null
  for await (const line of lines) {
    said.push(line)
    port ??= Number(/msg="Listening on" address=\S+:(\d+)/.exec(line)?.[1] ?? 0) || null
    if (port !== null && line.includes('Server is ready to receive web requests')) {
      child.stderr.resume() // a full pipe would stop it
      return port
    }
  }
  throw new Error(`Prometheus ended before it was ready:\n${said.join('\n')}`)
}

// What `npm run test:service` puts on its machine, does there and asks of it. Knows the command line, systemd and the public
// port, nothing of what is inside; which promises follow is not known here.
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import type { Answer } from './commands.ts'
import { assert, userEnvironment } from './commands.ts'
import type { Guest } from './guest.ts'
import { installPacked } from './install-packed.ts'

export const home = '/home/humdrum/.humdrum'
export const unitsFolder = '/etc/systemd/system'
export const units = ['humdrum-apps', 'humdrum-edge', 'humdrum-server'] as const

/** Polls, as everything here happens in its own time. */
export const until = async (what: string, holds: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> => {
  for (const deadline = Date.now() + timeoutMs; !(await holds()); await wait(50))
    assert(Date.now() < deadline, `it did not happen in ${timeoutMs / 1_000} s: ${what}`)
}

export const succeed = async (guest: Guest, ...command: readonly string[]): Promise<string> => {
  const answer = await guest.run(...command)
  assert(answer.code === 0, `${command.join(' ')} failed`, answer)
  return answer.output
}

export const asHumdrum = [
  'setpriv',
  '--reuid=humdrum',
  '--regid=humdrum',
  '--init-groups',
  'env',
  'HOME=/home/humdrum',
] as const

/** As the user of the service, in the folder of the app. */
export const humdrum = (guest: Guest, line: string): Promise<Answer> =>
  guest.run(...asHumdrum, 'sh', '-c', `cd /home/humdrum/greeter && humdrum ${line}`)

export const expectRefusal = (answer: Answer, code: string, next: RegExp): void =>
  assert(answer.code === 1 && answer.errors.includes(`[${code}]`) && next.test(answer.errors), `no ${code}`, answer)

type Status = {
  readonly server: { readonly pid: number }
  readonly edge: { readonly reachable: boolean; readonly pid: number | null }
  readonly environments: readonly {
    readonly stable: string | null
    readonly rollout: {
      readonly id: string
      readonly phase: string
      readonly weight: number | null
      readonly releases: readonly Readonly<Record<'release' | 'role' | 'instances' | 'ready' | 'restarts', unknown>>[]
    }
  }[]
}

export const status = async (guest: Guest): Promise<Status | null> => {
  const { code, output } = await humdrum(guest, 'status --json')
  return code === 0 ? (JSON.parse(output) as Status) : null
}

type Asked = {
  readonly answers: Readonly<Record<string, number>>
  readonly longestGapMs: number
  readonly failsStill: boolean
}

/** Requests without a pause while something is done; what came of them. */
export const askWhile = async (guest: Guest, act: () => Promise<unknown>, port = 80): Promise<Asked> => {
  const asking = guest.start('node', '/opt/ask.mjs', String(port))
  if (asking.stdout === null) throw new Error('the asker has no output')
  const said = text(asking.stdout)
  await wait(300) // so that some were answered before
  await act()
  asking.stdin?.end()
  return JSON.parse(await said) as Asked
}

export const askFor = (guest: Guest, ms: number, port = 80): Promise<Asked> => askWhile(guest, () => wait(ms), port)

export const failures = ({ answers }: Asked): number =>
  Object.entries(answers).reduce((sum, [answer, count]) => sum + (answer.startsWith('failed') ? count : 0), 0)

export const mainPid = async (guest: Guest, unit: string): Promise<number> =>
  Number(await succeed(guest, 'systemctl', 'show', '--property=MainPID', '--value', unit))

/** Command lines of all that runs of humdrum in the guest. */
export const processes = async (guest: Guest): Promise<readonly string[]> =>
  (await succeed(guest, 'sh', '-c', 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/cmdline 2> /dev/null && echo; done'))
    .split('\n')
    .filter((line) => /humdrum\/dist|greet\.mjs/.test(line))

export const edges = async (guest: Guest): Promise<number> =>
  (await processes(guest)).filter((line) => line.includes('dist/edge.js')).length

export const appConfig = `version: 1
app: greeter
run:
  command: node greet.mjs
  health: { path: /healthz, timeout: 10s }
  stop: { timeout: 2s }
  env: { GREETING: "\${env:GREETING}" }
environments:
  production:
    target: { kind: process, instances: 2 }
    router: { kind: edge }
    rollout:
      strategy: canary
      steps: [{ setWeight: 50% }]
      analysis: { minExposure: { requests: 100000, time: 300s } }
`

const appCode = (version: string): string => `import { createServer } from 'node:http'
createServer((_, response) => response.end(process.env.GREETING + ' from ${version}')).listen(Number(process.env.PORT))
`

export const writeApp = (guest: Guest, version: string): void =>
  writeFileSync(join(guest.root, 'home/humdrum/greeter/greet.mjs'), appCode(version))

/** Everything that a person would put on a new machine. */
export const furnish = async (guest: Guest, folder: string): Promise<void> => {
  const into = join(guest.root, 'opt/humdrum')
  mkdirSync(into)
  await installPacked({ work: folder, into, env: userEnvironment() })
  symlinkSync('/opt/humdrum/node_modules/.bin/humdrum', join(guest.root, 'usr/local/bin/humdrum'))
  symlinkSync(`/opt/humdrum/node_modules/node-linux-${process.arch}/bin/node`, join(guest.root, 'usr/local/bin/node'))
  cpSync(join(import.meta.dirname, 'ask.mjs'), join(guest.root, 'opt/ask.mjs'))
}

export const summary = (now: Status | null) =>
  now?.environments.map(({ stable, rollout: { id, phase, weight, releases } }) => ({
    ...{ stable, id, phase, weight },
    releases: releases.map(({ release, role, instances, ready, restarts }) => [
      release,
      role,
      instances,
      ready,
      restarts,
    ]),
  }))
